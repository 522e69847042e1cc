//! Checkouts, the customer portal, and what staff see of a subscription.

use provost_domain::user::PortalTier;
use provost_testkit::{
    KillPoint,
    stripe::{self, Cut, event},
};
use serde_json::json;

use crate::support::{PRO, about, check_out, named, of, staff, standing, world};

const CHECKOUT: &str = "/api/billing/checkout";
const PORTAL: &str = "/api/billing/portal";
const PRO_ID: &str = "prd_00000000000000000000000002";

#[tokio::test]
async fn a_checkout_names_the_account_and_its_events_give_the_plan() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.anyone().post(CHECKOUT, json!({ "productId": PRO_ID })).await.is(401, "UNAUTHENTICATED");
    let reply = ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await;
    reply.status(201);
    let started = reply.json();
    assert_eq!(
        started["url"],
        format!("https://checkout.stripe.example/{}", started["id"].as_str().expect("an id"))
    );
    let session = world.stripe.object(started["id"].as_str().expect("an id")).expect("a session");
    assert_eq!(
        (&session["client_reference_id"], &session["line_item"]),
        (&json!(ada.id), &json!(PRO))
    );
    let customer = session["customer"].as_str().expect("a customer").to_owned();
    let completed = json!({ "id": started["id"], "object": "checkout.session", "client_reference_id": ada.id, "customer": customer, "subscription": "sub_9" });
    assert_eq!(
        world
            .notify(&event("evt_1", "checkout.session.completed", world.second(), completed))
            .await
            .ok(),
        json!({ "effect": "applied" })
    );
    let active = stripe::subscription("sub_9", &customer, PRO, "active");
    world.notify(&about(&world, "evt_2", "created", 0, active)).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Paid, Some("sub_9".to_owned())));
    let refused =
        ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.is(409, "INVALID_ACTION");
    assert_eq!(refused["allowed"], json!(["portal"]));
    ada.post(PORTAL, json!({})).await.status(201);
    let asked = world.stripe.requests();
    assert!(asked.iter().all(|asked| asked.version.as_deref() == Some("2026-10-28.endive")));
    assert_eq!(world.stripe.objects("customer").len(), 1);
}

#[tokio::test]
async fn a_customer_that_stripe_no_longer_has_is_replaced_at_the_first_try() {
    let world = world().await;
    let ada = world.person("ada").await;
    ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.status(201);
    let first =
        world.app.store().customer(ada.id).await.expect("the table responds").expect("one").id;
    world.stripe.holds(json!({ "id": first, "object": "customer", "deleted": true }));
    ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.status(201);
    let second =
        world.app.store().customer(ada.id).await.expect("the table responds").expect("one").id;
    assert_ne!(first, second);
    assert_eq!(
        world.app.store().owner_of_customer(&first).await.expect("the table responds"),
        None,
        "the claim on the customer that was replaced is gone"
    );
    assert_eq!(
        world.app.store().owner_of_customer(&second).await.expect("the table responds"),
        Some(ada.id)
    );
    world.stripe.forgets(&second.to_string());
    ada.post(PORTAL, json!({})).await.status(201);
    let third =
        world.app.store().customer(ada.id).await.expect("the table responds").expect("one").id;
    assert!(third != first && third != second);
    // A checkout learns of it only when it asks for the page.
    world.stripe.forgets(&third.to_string());
    ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.status(201);
    let last =
        world.app.store().customer(ada.id).await.expect("the table responds").expect("one").id;
    assert_ne!(last, third);
}

#[tokio::test]
async fn what_cannot_be_bought_is_refused() {
    let world = world().await;
    let ada = world.person("ada").await;
    ada.post(CHECKOUT, json!({ "productId": "prd_00000000000000000000000009" }))
        .await
        .is(404, "NOT_FOUND");
    ada.post(CHECKOUT, json!({ "productId": "gold" })).await.is(404, "NOT_FOUND");
    ada.post(CHECKOUT, json!({})).await.is(422, "VALIDATION_FAILED");
    ada.post(CHECKOUT, json!({ "productId": "prd_00000000000000000000000001" }))
        .await
        .is(409, "INVALID_ACTION");
    ada.post(CHECKOUT, json!({ "productId": PRO_ID, "promotionCode": "NONE" }))
        .await
        .is(404, "NOT_FOUND");
    ada.post(PORTAL, json!({})).await.is(409, "INVALID_ACTION");
    assert!(world.app.store().customer(ada.id).await.expect("the table responds").is_none());
}

#[tokio::test]
async fn a_second_paid_checkout_is_shown_to_staff_and_its_end_takes_no_plan() {
    let world = world().await;
    let (grace, ada) = (staff(&world).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}/subscription", ada.id);
    grace.get(&path).await.is(404, "NOT_FOUND");
    check_out(&world, ada.id).await;
    world.notify(&about(&world, "evt_1", "created", 0, of(PRO, "active"))).await.status(200);
    let shown = grace.get(&path).await.ok();
    assert_eq!(
        (
            &shown["id"],
            &shown["status"],
            &shown["price"],
            &shown["autoRenew"],
            &shown["givesPlan"],
            &shown["alsoPaid"]
        ),
        (&json!("sub_1"), &json!("active"), &json!(900), &json!(true), &json!(true), &json!([]))
    );
    assert_eq!(shown["nextBillingDate"], shown["currentPeriodEnd"]);
    world
        .notify(&about(&world, "evt_2", "created", 1, named(ada.id, "sub_2", PRO, "active")))
        .await
        .status(200);
    let shown = grace.get(&path).await.ok();
    assert_eq!((&shown["id"], &shown["alsoPaid"][0]["id"]), (&json!("sub_1"), &json!("sub_2")));
    world
        .notify(&about(&world, "evt_3", "deleted", 2, named(ada.id, "sub_2", PRO, "canceled")))
        .await
        .status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Paid, Some("sub_1".to_owned())));
    assert_eq!(grace.get(&path).await.ok()["alsoPaid"], json!([]));
    world
        .notify(&about(&world, "evt_4", "deleted", 3, named(ada.id, "sub_0", PRO, "canceled")))
        .await
        .status(200);
    assert_eq!(standing(&world, ada.id).await.0, PortalTier::Paid, "an old subscription ends late");
}

#[tokio::test]
async fn of_two_changes_of_one_second_stripe_knows_the_latest() {
    for order in [["past_due", "active"], ["active", "past_due"]] {
        let world = world().await;
        let ada = world.person("ada").await;
        check_out(&world, ada.id).await;
        world.stripe.holds(of(PRO, "active"));
        for (number, status) in order.iter().enumerate() {
            let told = about(&world, &format!("evt_{number}"), "updated", 5, of(PRO, status));
            world.notify(&told).await.status(200);
        }
        let known =
            world.app.store().subscriptions(ada.id).await.expect("the table responds").remove(0);
        let status = known.terms.expect("terms").status;
        assert_eq!(status, provost_domain::subscription::SubscriptionStatus::Active, "{order:?}");
    }
}

#[tokio::test]
async fn an_account_opens_at_most_twenty_pages_an_hour() {
    let world = world().await;
    let ada = world.person("ada").await;
    for number in 0..20 {
        let (path, body) = if number % 2 == 0 {
            (CHECKOUT, json!({ "productId": PRO_ID }))
        } else {
            (PORTAL, json!({}))
        };
        ada.post(path, body).await.status(201);
    }
    let asked = world.stripe.requests().len();
    ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.is(429, "RATE_LIMITED");
    ada.post(PORTAL, json!({})).await.is(429, "RATE_LIMITED");
    assert_eq!(world.stripe.requests().len(), asked);
    world.person("dora").await.post(PORTAL, json!({})).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_checkout_that_is_killed_anywhere_leaves_one_customer_that_the_next_one_uses() {
    let mut kills = 0;
    for call in 1.. {
        let mut finished = true;
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let ada = world.person("ada").await;
            world.interceptor.kill_at(point);
            let checkout = ada.post(CHECKOUT, json!({ "productId": PRO_ID }));
            let killed = world.interceptor.until_killed(checkout).await.is_none();
            world.interceptor.reset();
            if killed {
                (finished, kills) = (false, kills + 1);
                // A day later, Stripe has forgotten the idempotency key.
                world.stripe.forgets_keys();
                ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.status(201);
            }
            let customers = world.stripe.objects("customer");
            assert_eq!(customers.len(), 1, "{point:?}: {customers:?}");
            let bound = world.app.store().customer(ada.id).await.expect("an answer");
            let bound = bound.expect("it is bound").id.to_string();
            assert_eq!(customers[0]["id"], bound, "{point:?}");
            let left = world.app.store().customer_intent(ada.id).await.expect("an answer");
            assert_eq!(left, None, "{point:?}");
        }
        if finished {
            break;
        }
    }
    assert!(kills > 10, "{kills} kills");
}

#[tokio::test]
async fn a_checkout_that_is_refused_in_the_end_keeps_its_customer_bound() {
    let world = world().await;
    let ada = world.person("ada").await;
    // The customer is made, and Stripe takes no session.
    world.stripe.cut(Cut::After(1));
    ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.is(503, "UNAVAILABLE");
    world.stripe.mend();
    let left = world.app.store().customer_intent(ada.id).await.expect("an answer");
    assert!(left.is_some(), "the answer was lost, so nobody knows the customer");
    ada.post(CHECKOUT, json!({ "productId": PRO_ID })).await.status(201);
    assert_eq!(world.stripe.objects("customer").len(), 1);
    let bound = world.app.store().customer(ada.id).await.expect("an answer").expect("one").id;
    assert_eq!(world.app.store().owner_of_customer(&bound).await.expect("an answer"), Some(ada.id));
}
