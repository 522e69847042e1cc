//! Subscriptions are cancelled at Stripe before the account goes: once, or after it is well again,
//! or not at all as long as nobody can.

use provost_domain::{deletion::DeletionState, time::HOUR};
use provost_store::subscriptions::customer_claim;
use provost_testkit::{World, stripe::Mood};

use crate::person::{Subject, complete, deliver, is_erased, leftovers, stands};

async fn asked_once(world: &World, subject: &Subject) {
    let asked = world.stripe.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let request = subject.request.to_string();
    assert!(
        asked[0].starts_with("DELETE /v1/subscriptions/sub_") && asked[0].contains(&request),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_living_subscription_is_cancelled_once_and_goes_with_its_customer() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let customer = world
        .app
        .store()
        .subscriptions(subject.id)
        .await
        .expect("the table answers")
        .remove(0)
        .customer;
    assert!(deliver(&world, subject.request).await);
    asked_once(&world, &subject).await;
    let counts = is_erased(&world, &subject).await.counts;
    assert_eq!((counts.get("subscriptions"), counts.get("payments")), (Some(&1), Some(&1)));
    assert_eq!(
        world.app.store().owner_of_customer(&customer).await.expect("the table answers"),
        None
    );
    assert!(customer_claim(&customer).pk.starts_with("CUSTOMER#"));
    assert!(deliver(&world, subject.request).await);
    asked_once(&world, &subject).await;
}

#[tokio::test]
async fn what_has_ended_is_not_cancelled_again() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let mut subscription =
        world.app.store().subscriptions(subject.id).await.expect("the table answers").remove(0);
    subscription.terms.as_mut().expect("it was told").status =
        provost_domain::subscription::SubscriptionStatus::Canceled;
    let mut tx = world.app.transaction();
    tx.save_subscription(subject.id, &subscription).expect("a subscription");
    tx.commit().await.expect("nobody else writes");
    assert!(deliver(&world, subject.request).await);
    assert_eq!(world.stripe.asked(), Vec::<String>::new());
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn while_stripe_is_down_nothing_more_is_lost_and_afterwards_it_goes_on() {
    for mood in [Mood::Down, Mood::OtherMode] {
        let world = World::of(|_| Vec::new()).await;
        let subject = complete(&world, 1).await;
        world.stripe.is(mood);
        for _ in 0..3 {
            assert!(!deliver(&world, subject.request).await, "the message comes again");
        }
        assert_eq!(stands(&world, subject.request).await.state, DeletionState::Executing);
        assert!(world.principal(subject.id).await.is_some(), "the account stands");
        assert_eq!(
            world.app.store().subscriptions(subject.id).await.expect("the table answers").len(),
            1
        );
        world.stripe.is(Mood::Well);
        assert!(deliver(&world, subject.request).await);
        is_erased(&world, &subject).await;
        assert_eq!(world.stripe.cancelled().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_as_good_as_one_that_came() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    world.stripe.is(Mood::Mute);
    assert!(!deliver(&world, subject.request).await);
    world.stripe.is(Mood::Well);
    assert!(deliver(&world, subject.request).await, "Stripe says that there is none");
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn without_a_key_a_deletion_with_a_living_subscription_waits_before_its_fence_and_says_why() {
    let world = World::without_stripe(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    for _ in 0..2 {
        assert!(deliver(&world, subject.request).await, "the message is done with");
        let request = stands(&world, subject.request).await;
        assert_eq!(request.state, DeletionState::Blocked);
        assert!(request.blocked.is_some_and(|why| why.contains("subscription at Stripe")));
        assert!(
            !world.principal(subject.id).await.expect("they exist").is_being_erased(),
            "there still is a way back"
        );
        world.advance(6 * HOUR);
    }
    assert!(!leftovers(&world, &subject).await.is_empty());
    let mut subscription =
        world.app.store().subscriptions(subject.id).await.expect("the table answers").remove(0);
    subscription.terms.as_mut().expect("it was told").status =
        provost_domain::subscription::SubscriptionStatus::Canceled;
    let mut tx = world.app.transaction();
    tx.save_subscription(subject.id, &subscription).expect("a subscription");
    tx.commit().await.expect("nobody else writes");
    assert!(
        deliver(&world, subject.request).await,
        "Stripe told of the end, and it goes on by itself"
    );
    is_erased(&world, &subject).await;
}
