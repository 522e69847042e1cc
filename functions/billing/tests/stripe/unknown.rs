//! Events about an unknown customer or price are rejected so that Stripe retries them, and a later
//! retry takes effect.

use provost_domain::{UserId, product::ProductType, user::PortalTier};
use provost_local::Function;
use provost_testkit::{
    World,
    stripe::{self, event, invoice},
};
use serde_json::json;

use crate::support::{
    PRO, about, audit_actions, bare, buyer, check_out, named, of, person, sell, standing,
    subscriptions, world,
};

#[tokio::test]
async fn an_event_of_an_unknown_customer_is_retried() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let subscribed = about(&world, "evt_1", "created", 0, of(PRO, "active"));
    let paid =
        event("evt_2", "invoice.paid", world.second(), invoice("in_1", "cus_1", "sub_1", 900));
    for reported in [&subscribed, &paid, &subscribed] {
        world.notify(reported).await.is(404, "NOT_FOUND");
    }
    check_out(&world, ada.id).await;
    for reported in [&subscribed, &paid] {
        world.notify(reported).await.status(200);
    }
    assert_eq!(standing(&world, ada.id).await.0, PortalTier::Paid);
    assert_eq!(
        audit_actions(&world, ada.id).await,
        ["subscription.bound", "plan.applied", "payment.recorded"]
    );
}

#[tokio::test]
async fn an_unknown_price_keeps_the_subscription_and_is_retried() {
    let world =
        World::of(|app| vec![Function::http("billing", fn_billing::routes().router(app.clone()))])
            .await;
    let world = bare(world).await;
    let ada = buyer(&world, "ada").await;
    let reported = about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active"));
    for _ in 0..3 {
        world.notify(&reported).await.is(404, "NOT_FOUND");
    }
    assert_eq!(
        (standing(&world, ada.id).await, subscriptions(&world, ada.id).await.len()),
        ((PortalTier::Free, None), 1)
    );
    assert_eq!(audit_actions(&world, ada.id).await, ["subscription.changed"], "it is logged once");
    sell(&world, 1, PRO, ProductType::Plan, true).await;
    for _ in 0..2 {
        world.notify(&reported).await.status(200);
    }
    assert_eq!(standing(&world, ada.id).await.0, PortalTier::Paid);
    assert_eq!(audit_actions(&world, ada.id).await, ["subscription.changed", "plan.applied"]);
}

#[tokio::test]
async fn events_of_a_missing_account_are_rejected_except_the_end_of_its_subscription() {
    let world = world().await;
    let gone: UserId = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id");
    let checkout = event(
        "evt_0",
        "checkout.session.completed",
        world.second(),
        stripe::checkout(gone, "cus_1", "sub_1"),
    );
    world.notify(&checkout).await.status(200);
    world
        .notify(&about(&world, "evt_1", "updated", 0, named(gone, "sub_1", PRO, "active")))
        .await
        .is(404, "NOT_FOUND");
    world
        .notify(&about(&world, "evt_2", "deleted", 0, named(gone, "sub_1", PRO, "canceled")))
        .await
        .status(200);
}

#[tokio::test]
async fn a_customer_is_never_bound_to_a_second_account() {
    let world = world().await;
    let (ada, eve) = (buyer(&world, "ada").await, buyer(&world, "eve").await);
    check_out(&world, ada.id).await;
    let before = person(&world, eve.id).await.revision;
    let taken = event(
        "evt_1",
        "checkout.session.completed",
        world.second(),
        stripe::checkout(eve.id, "cus_1", "sub_2"),
    );
    let refused = world.notify(&taken).await.is(409, "ALREADY_EXISTS");
    assert_eq!(refused["field"], "customer");
    world
        .notify(&about(&world, "evt_2", "created", 0, named(eve.id, "sub_2", PRO, "active")))
        .await
        .is(409, "ALREADY_EXISTS");
    assert_eq!(
        (person(&world, eve.id).await.revision, subscriptions(&world, eve.id).await.len()),
        (before, 0)
    );
}

#[tokio::test]
async fn unrelated_events_are_accepted_and_ignored() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let mut elsewhere = stripe::checkout(ada.id, "cus_1", "sub_1");
    elsewhere["client_reference_id"] = json!("order-77");
    let mut once = stripe::checkout(ada.id, "cus_1", "sub_1");
    once["subscription"] = json!(null);
    for (id, kind, object) in [
        ("evt_1", "checkout.session.completed", elsewhere),
        ("evt_2", "checkout.session.completed", once),
        ("evt_3", "customer.created", json!({ "id": "cus_1", "email": "ada@else.example" })),
        ("evt_4", "radar.early_fraud_warning.created", json!({})),
    ] {
        world.notify(&event(id, kind, world.second(), object)).await.status(200);
    }
    assert!(
        subscriptions(&world, ada.id).await.is_empty()
            && audit_actions(&world, ada.id).await.is_empty()
    );
}
