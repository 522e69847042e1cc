//! Only a checkout that the account itself started binds a customer to the account.

use provost_testkit::stripe::{self, event, invoice};
use serde_json::json;

use crate::support::{PRO, about, audit_actions, named, of, standing, subscriptions, world};

#[tokio::test]
async fn a_checkout_that_the_account_did_not_start_binds_nothing() {
    let world = world().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    // A user opens a payment link with the id of another user.
    let forged = event(
        "evt_1",
        "checkout.session.completed",
        world.second(),
        stripe::checkout(ada.id, "cus_1", "sub_1"),
    );
    world.notify(&forged).await.status(200);
    assert!(subscriptions(&world, ada.id).await.is_empty());
    assert_eq!(
        world
            .app
            .store()
            .owner_of_customer(&"cus_1".parse().expect("an id"))
            .await
            .expect("the table responds"),
        None
    );
    assert!(audit_actions(&world, ada.id).await.is_empty());
    // A user's own checkout gives no rights to another account.
    world.start_checkout(eve.id).await;
    world
        .notify(&event(
            "evt_2",
            "checkout.session.completed",
            world.second(),
            stripe::checkout(ada.id, "cus_1", "sub_1"),
        ))
        .await
        .status(200);
    assert!(subscriptions(&world, ada.id).await.is_empty());
    // A session with a different id is a different checkout.
    let mut other = stripe::checkout(eve.id, "cus_1", "sub_1");
    other["id"] = json!("cs_2");
    world
        .notify(&event("evt_3", "checkout.session.completed", world.second(), other))
        .await
        .status(200);
    assert!(subscriptions(&world, eve.id).await.is_empty());

    world
        .notify(&event(
            "evt_4",
            "checkout.session.completed",
            world.second(),
            stripe::checkout(eve.id, "cus_1", "sub_1"),
        ))
        .await
        .status(200);
    assert_eq!(subscriptions(&world, eve.id).await.len(), 1);
    world.notify(&about(&world, "evt_5", "created", 0, of(PRO, "active"))).await.status(200);
    assert_eq!(standing(&world, eve.id).await.1.as_deref(), Some("sub_1"));
}

#[tokio::test]
async fn the_metadata_of_a_subscription_binds_nothing_and_moves_no_payment() {
    let world = world().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .is(404, "NOT_FOUND");
    let mut paid = invoice("in_1", "cus_1", "sub_1", 900);
    paid["parent"]["subscription_details"]["metadata"] = json!({"user_id": ada.id});
    world
        .notify(&event("evt_2", "invoice.paid", world.second(), paid.clone()))
        .await
        .is(404, "NOT_FOUND");
    assert!(subscriptions(&world, ada.id).await.is_empty());

    world.start_checkout(eve.id).await;
    world
        .notify(&event(
            "evt_3",
            "checkout.session.completed",
            world.second(),
            stripe::checkout(eve.id, "cus_1", "sub_1"),
        ))
        .await
        .status(200);
    // A binding goes by the customer and ignores the metadata.
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    world.notify(&event("evt_2", "invoice.paid", world.second(), paid)).await.status(200);
    assert_eq!(standing(&world, eve.id).await.1.as_deref(), Some("sub_1"));
    assert!(audit_actions(&world, ada.id).await.is_empty());
    assert!(audit_actions(&world, eve.id).await.contains(&"payment.recorded".to_owned()));
}
