//! Subscriptions are cancelled at Stripe before the account is removed: exactly once, after an
//! outage of Stripe ends, and not without an API key.

use provost_domain::{deletion::DeletionState, time::HOUR};
use provost_store::{customers::CustomerIntent, subscriptions::customer_claim};
use provost_testkit::{World, stripe::Mood};

use serde_json::json;

use crate::person::{Subject, complete, deliver, is_erased, leftovers, person, schedule, stands};

async fn assert_cancelled_once(world: &World, subject: &Subject) {
    let mut asked = world.stripe.asked();
    asked.retain(|asked| asked.starts_with("DELETE"));
    assert_eq!(asked.len(), 2, "{asked:?}");
    let request = subject.request.to_string();
    for (asked, what) in asked.iter().zip(["subscriptions/sub_", "customers/cus_"]) {
        assert!(
            asked.starts_with(&format!("DELETE /v1/{what}")) && asked.contains(&request),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn an_active_subscription_is_cancelled_once_and_removed_with_its_customer() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let customer = world
        .app
        .store()
        .subscriptions(subject.id)
        .await
        .expect("the table responds")
        .remove(0)
        .customer;
    assert!(deliver(&world, subject.request).await);
    assert_cancelled_once(&world, &subject).await;
    let counts = is_erased(&world, &subject).await.counts;
    assert_eq!((counts.get("subscriptions"), counts.get("payments")), (Some(&1), Some(&1)));
    assert_eq!((counts.get("customer"), counts.get("charges")), (Some(&1), Some(&1)));
    assert_eq!(
        world.app.store().owner_of_customer(&customer).await.expect("the table responds"),
        None
    );
    assert!(customer_claim(&customer).pk.starts_with("CUSTOMER#"));
    assert!(deliver(&world, subject.request).await);
    assert_cancelled_once(&world, &subject).await;
}

#[tokio::test]
async fn an_ended_subscription_is_not_cancelled_again() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let mut subscription =
        world.app.store().subscriptions(subject.id).await.expect("the table responds").remove(0);
    subscription.terms.as_mut().expect("Stripe sent the terms").status =
        provost_domain::subscription::SubscriptionStatus::Canceled;
    let mut tx = world.app.transaction();
    tx.save_subscription(subject.id, &subscription).expect("a subscription");
    tx.commit().await.expect("no concurrent write");
    assert!(deliver(&world, subject.request).await);
    let mut asked = world.stripe.asked();
    asked.retain(|asked| asked.starts_with("DELETE"));
    assert!(
        asked.len() == 1 && asked[0].starts_with("DELETE /v1/customers/"),
        "only the customer is deleted: {asked:?}"
    );
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn an_outage_of_stripe_pauses_the_erasure_without_data_loss() {
    for mood in [Mood::Down, Mood::OtherMode] {
        let world = World::of(|_| Vec::new()).await;
        let subject = complete(&world, 1).await;
        world.stripe.is(mood);
        for _ in 0..3 {
            assert!(!deliver(&world, subject.request).await, "the message is redelivered");
        }
        assert_eq!(stands(&world, subject.request).await.state, DeletionState::Executing);
        assert!(world.user(subject.id).await.is_some(), "the account still exists");
        assert_eq!(
            world.app.store().subscriptions(subject.id).await.expect("the table responds").len(),
            1
        );
        world.stripe.is(Mood::Well);
        assert!(deliver(&world, subject.request).await);
        is_erased(&world, &subject).await;
        assert_eq!(world.stripe.cancelled().len(), 1);
    }
}

#[tokio::test]
async fn a_lost_response_of_stripe_does_not_block_the_erasure() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    world.stripe.is(Mood::Mute);
    assert!(!deliver(&world, subject.request).await);
    assert_eq!(world.stripe.cancelled().len(), 1, "Stripe did it, and could not say so");
    world.stripe.is(Mood::Well);
    assert!(deliver(&world, subject.request).await, "Stripe reports no active subscription");
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn without_a_stripe_key_an_active_subscription_blocks_the_deletion_with_a_reason() {
    let world = World::without_stripe(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    for _ in 0..2 {
        assert!(deliver(&world, subject.request).await, "the message is handled");
        let request = stands(&world, subject.request).await;
        assert_eq!(request.state, DeletionState::Blocked);
        assert!(request.blocked.is_some_and(|why| why.contains("subscription at Stripe")));
        assert!(
            !world.user(subject.id).await.expect("the user exists").is_being_erased(),
            "the deletion can still be cancelled"
        );
        world.advance(6 * HOUR);
    }
    assert!(!leftovers(&world, &subject).await.is_empty());
    let store = world.app.store();
    let mut subscription =
        store.subscriptions(subject.id).await.expect("the table responds").remove(0);
    subscription.terms.as_mut().expect("Stripe sent the terms").status =
        provost_domain::subscription::SubscriptionStatus::Canceled;
    let customer = store.customer(subject.id).await.expect("the table responds").expect("one");
    let mut tx = world.app.transaction();
    tx.save_subscription(subject.id, &subscription).expect("a subscription");
    tx.remove_customer(provost_store::Conflict::Gone, subject.id, &customer).expect("a customer");
    tx.end_customer_intent(subject.id).expect("an intent");
    tx.commit().await.expect("no concurrent write");
    assert!(
        deliver(&world, subject.request).await,
        "Stripe reported the end, and the deletion continues automatically"
    );
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn a_customer_that_a_checkout_left_at_stripe_is_deleted_too() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    let email = world.user(subject.id).await.expect("the user exists").email.to_string();
    let theirs = json!({ "user_id": subject.id });
    for (id, metadata) in [("cus_7", theirs), ("cus_8", json!({ "user_id": "usr_other" }))] {
        let customer =
            json!({ "id": id, "object": "customer", "email": email, "metadata": metadata });
        world.stripe.holds(customer);
    }
    let mut tx = world.app.transaction();
    let intent = CustomerIntent { email, at: world.app.now().plus(-HOUR) };
    tx.intend_customer(subject.id, &intent).expect("an item");
    tx.commit().await.expect("the table responds");
    let subject = schedule(&world, subject).await;
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    assert_eq!(world.stripe.object("cus_7").expect("an object")["deleted"], true);
    assert_ne!(world.stripe.object("cus_8").expect("an object")["deleted"], true);
}
