//! A subscription grants a plan and revokes it; plans applied by staff stay, and a deleted account
//! gets none.

use provost_domain::{
    product::ProductType,
    subscription::SubscriptionStatus::{self, Active, Canceled, Incomplete},
    user::PortalTier,
};
use provost_testkit::stripe::{self, event};
use serde_json::{Value, json};

use crate::support::{
    ADDON, ENTERPRISE, PRO, about, audit_actions, buyer, check_out, leave, named, of, person, sell,
    staff, standing, subscriptions, world,
};

const STAFF_PLAN: &str = "prd_00000000000000000000000004";

fn statuses(
    subscriptions: &[provost_domain::subscription::Subscription],
) -> Vec<SubscriptionStatus> {
    subscriptions
        .iter()
        .filter_map(|subscription| Some(subscription.terms.as_ref()?.status))
        .collect()
}

#[tokio::test]
async fn a_checkout_binds_and_the_subscription_grants_its_plan_until_it_ends() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let before = person(&world, ada.id).await;
    check_out(&world, ada.id).await;
    assert_eq!(
        standing(&world, ada.id).await,
        (PortalTier::Free, None),
        "a checkout alone grants no plan"
    );
    world.notify(&about(&world, "evt_1", "created", 0, of(PRO, "incomplete"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Free, None));
    world.notify(&about(&world, "evt_2", "updated", 1, of(PRO, "active"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Paid, Some("sub_1".to_owned())));

    let known = subscriptions(&world, ada.id).await;
    let terms = known[0].terms.clone().expect("Stripe sent the terms");
    assert_eq!(
        (
            known.len(),
            known[0].customer.to_string().as_str(),
            terms.status,
            terms.price,
            terms.currency.as_str(),
            terms.current_period_end.seconds()
        ),
        (1, "cus_1", Active, Some(900), "EUR", 1_797_782_400)
    );
    let grace = staff(&world).await;
    let shown = grace.get(&format!("/api/admin/users/{}/current-plan", ada.id)).await.ok();
    assert_eq!(
        (
            &shown["plan"]["source"],
            &shown["plan"]["subscription"],
            &shown["plan"]["appliedBy"],
            &shown["plan"]["name"]
        ),
        (&json!("subscription"), &json!("sub_1"), &Value::Null, &json!("Pro Portal"))
    );

    world.notify(&about(&world, "evt_3", "updated", 2, of(PRO, "past_due"))).await.status(200);
    assert_eq!(
        standing(&world, ada.id).await.0,
        PortalTier::Paid,
        "Stripe still retries the payment"
    );
    world.notify(&about(&world, "evt_4", "deleted", 3, of(PRO, "canceled"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Free, None));
    assert_eq!(person(&world, ada.id).await.storage_quota, before.storage_quota);
    assert_eq!(
        audit_actions(&world, ada.id).await,
        [
            "subscription.bound",
            "subscription.changed",
            "plan.applied",
            "subscription.changed",
            "plan.cancelled"
        ]
    );
    let entries = world
        .app
        .store()
        .recent_entries_about(before.pseudonym, 10)
        .await
        .expect("the table responds");
    assert!(entries.iter().all(|entry| (entry.actor.kind.as_str(), entry.actor.id.as_deref())
        == ("service", Some("stripe"))));
    let audit = &world.app.store().names().audit;
    let stored = world
        .emulators
        .dynamodb()
        .query()
        .table_name(audit)
        .index_name("by-target")
        .key_condition_expression("targetKey = :who")
        .expression_attribute_values(":who", provost_store::item::s(before.pseudonym.to_string()))
        .send()
        .await
        .expect("the table responds");
    assert_eq!(stored.count(), 5);
    assert!(
        !format!("{:?}", stored.items()).contains("sub_1"),
        "the Stripe identifiers are sealed"
    );
}

#[tokio::test]
async fn each_status_grants_keeps_or_revokes_the_plan() {
    for (status, tier) in [
        ("active", PortalTier::Paid),
        ("trialing", PortalTier::Paid),
        ("past_due", PortalTier::Paid),
        ("paused", PortalTier::Paid),
        ("incomplete", PortalTier::Paid),
        ("dormant", PortalTier::Paid),
        ("unpaid", PortalTier::Free),
        ("canceled", PortalTier::Free),
        ("incomplete_expired", PortalTier::Free),
    ] {
        let world = world().await;
        let ada = buyer(&world, "ada").await;
        world
            .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
            .await
            .status(200);
        world.notify(&about(&world, "evt_2", "updated", 1, of(PRO, status))).await.status(200);
        assert_eq!(standing(&world, ada.id).await.0, tier, "{status}");
    }
}

#[tokio::test]
async fn a_new_price_of_the_same_subscription_changes_the_plan() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    world.notify(&about(&world, "evt_2", "updated", 1, of(ENTERPRISE, "active"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await.0, PortalTier::Enterprise);
    world
        .notify(&about(&world, "evt_3", "deleted", 2, of(ENTERPRISE, "canceled")))
        .await
        .status(200);
    assert_eq!(
        standing(&world, ada.id).await,
        (PortalTier::Free, None),
        "the values from before the first plan are restored"
    );
}

#[tokio::test]
async fn of_two_subscriptions_the_second_applies_when_the_first_ends() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    world
        .notify(&about(&world, "evt_2", "created", 1, named(ada.id, "sub_2", ENTERPRISE, "active")))
        .await
        .status(200);
    assert_eq!(standing(&world, ada.id).await.1.as_deref(), Some("sub_1"));
    world.notify(&about(&world, "evt_3", "deleted", 2, of(PRO, "canceled"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Enterprise, Some("sub_2".to_owned())));
    assert_eq!(statuses(&subscriptions(&world, ada.id).await), [Canceled, Active]);
}

#[tokio::test]
async fn a_subscription_neither_replaces_nor_revokes_a_plan_applied_by_staff() {
    let world = world().await;
    let (grace, ada) = (staff(&world).await, buyer(&world, "ada").await);
    let path = format!("/api/admin/users/{}", ada.id);
    grace.post(&format!("{path}/apply-plan"), json!({ "planId": STAFF_PLAN })).await.ok();
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Enterprise, Some("staff".to_owned())));
    world.notify(&about(&world, "evt_2", "deleted", 1, of(PRO, "canceled"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Enterprise, Some("staff".to_owned())));
    assert_eq!(grace.get(&format!("{path}/current-plan")).await.ok()["plan"]["source"], "staff");
}

#[tokio::test]
async fn a_staff_plan_overrides_a_subscription_until_staff_cancel_it() {
    let world = world().await;
    let (grace, ada) = (staff(&world).await, buyer(&world, "ada").await);
    let path = format!("/api/admin/users/{}", ada.id);
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    grace.post(&format!("{path}/apply-plan"), json!({ "planId": STAFF_PLAN })).await.ok();
    world.notify(&about(&world, "evt_2", "updated", 1, of(PRO, "past_due"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await.0, PortalTier::Enterprise);
    grace.delete(&format!("{path}/cancel-plan")).await.ok();
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Free, None));
    world.notify(&about(&world, "evt_3", "updated", 2, of(PRO, "active"))).await.status(200);
    assert_eq!(standing(&world, ada.id).await, (PortalTier::Paid, Some("sub_1".to_owned())));
}

#[tokio::test]
async fn paid_plans_that_are_no_longer_offered_still_apply_and_addons_are_no_plans() {
    let world = world().await;
    sell(&world, 1, PRO, ProductType::Plan, false).await;
    sell(&world, 2, ADDON, ProductType::Addon, true).await;
    let (ada, dora) = (buyer(&world, "ada").await, buyer(&world, "dora").await);
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    assert_eq!(standing(&world, ada.id).await.0, PortalTier::Paid);
    let mut other = named(dora.id, "sub_2", ADDON, "active");
    other["customer"] = json!("cus_2");
    world.notify(&about(&world, "evt_2", "created", 0, other.clone())).await.status(200);
    assert_eq!(
        (standing(&world, dora.id).await, subscriptions(&world, dora.id).await.len()),
        ((PortalTier::Free, None), 1)
    );
    // Next to an add-on, the plan decides.
    let mut both = other["items"]["data"].as_array().expect("items").clone();
    both.push(of(ENTERPRISE, "active")["items"]["data"][0].clone());
    other["items"]["data"] = json!(both);
    world.notify(&about(&world, "evt_3", "updated", 1, other)).await.status(200);
    assert_eq!(standing(&world, dora.id).await.0, PortalTier::Enterprise);
}

#[tokio::test]
async fn a_deleted_account_gets_no_plan_but_keeps_its_subscription_for_cancelling() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    leave(&world, ada.id, false).await;
    check_out(&world, ada.id).await;
    world.notify(&about(&world, "evt_1", "created", 0, of(PRO, "active"))).await.status(200);
    assert_eq!(
        (standing(&world, ada.id).await, statuses(&subscriptions(&world, ada.id).await)),
        ((PortalTier::Free, None), vec![Active])
    );
}

#[tokio::test]
async fn nothing_is_written_to_an_account_that_is_being_erased() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    leave(&world, ada.id, true).await;
    let checkout = event(
        "evt_0",
        "checkout.session.completed",
        world.second(),
        stripe::checkout(ada.id, "cus_1", "sub_1"),
    );
    world.notify(&checkout).await.is(404, "NOT_FOUND");
    for status in ["active", "past_due", "unpaid"] {
        world
            .notify(&about(&world, "evt_1", "updated", 0, named(ada.id, "sub_1", PRO, status)))
            .await
            .is(404, "NOT_FOUND");
    }
    world
        .notify(&about(&world, "evt_2", "deleted", 0, named(ada.id, "sub_1", PRO, "canceled")))
        .await
        .status(200);
    assert!(subscriptions(&world, ada.id).await.is_empty());
}

#[tokio::test]
async fn older_versions_of_the_api_are_understood() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let mut subscription = named(ada.id, "sub_1", PRO, "incomplete");
    let item = subscription["items"]["data"][0].as_object_mut().expect("an item");
    let (start, end) = (
        item.remove("current_period_start").expect("a time"),
        item.remove("current_period_end").expect("a time"),
    );
    (subscription["current_period_start"], subscription["current_period_end"]) = (start, end);
    world.notify(&about(&world, "evt_1", "created", 0, subscription)).await.status(200);
    let terms = subscriptions(&world, ada.id).await.remove(0).terms.expect("Stripe sent the terms");
    assert_eq!(
        (terms.status, terms.current_period_start.seconds(), terms.current_period_end.seconds()),
        (Incomplete, 1_795_190_400, 1_797_782_400)
    );
}
