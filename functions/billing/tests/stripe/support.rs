//! A world with plans that have prices at Stripe.

use provost_domain::{
    BuiltInRole, DeletionId, Status, User, UserId,
    product::{ProductType, standard_plans},
    subscription::Subscription,
    user::{PendingDeletion, PortalTier},
};
use provost_local::Function;
use provost_testkit::{
    World,
    stripe::{self, event},
};
use serde_json::{Value, json};

pub const PRO: &str = "price_pro";
pub const ENTERPRISE: &str = "price_enterprise";
pub const ADDON: &str = "price_addon";

/// The plans, each with a price at Stripe, and an add-on.
pub async fn world() -> World {
    let world = bare(
        World::of(|app| vec![Function::http("billing", fn_billing::routes().router(app.clone()))])
            .await,
    )
    .await;
    sell(&world, 1, PRO, ProductType::Plan, true).await;
    sell(&world, 3, ENTERPRISE, ProductType::Plan, true).await;
    world
}

pub async fn bare(world: World) -> World {
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    world
}

/// Gives one of the standard plans a price at Stripe, a type and an active flag.
pub async fn sell(world: &World, place: usize, price: &str, r#type: ProductType, active: bool) {
    let mut product = standard_plans(world.app.now()).remove(place);
    product.stripe_price_id = Some(price.to_owned());
    (product.r#type, product.active) = (r#type, active);
    let item = provost_store::item::encode(
        "a product",
        &provost_store::products::key(product.id),
        &product,
    )
    .expect("an item");
    let table = &world.app.store().names().catalogue;
    world
        .emulators
        .dynamodb()
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .send()
        .await
        .expect("the table responds");
}

/// An event about a subscription, `after` seconds from now.
pub fn about(world: &World, id: &str, kind: &str, after: i64, subscription: Value) -> Value {
    event(id, &format!("customer.subscription.{kind}"), world.second() + after, subscription)
}

/// A subscription `sub_1` of the customer `cus_1`.
pub fn of(price: &str, status: &str) -> Value {
    stripe::subscription("sub_1", "cus_1", price, status)
}

/// The same with the user id in its metadata.
pub fn named(user: UserId, id: &str, price: &str, status: &str) -> Value {
    let mut subscription = stripe::subscription(id, "cus_1", price, status);
    subscription["metadata"] = json!({ "user_id": user });
    subscription
}

/// A user who has started a checkout.
pub async fn buyer<'w>(world: &'w World, name: &str) -> provost_testkit::Someone<'w> {
    let person = world.person(name).await;
    world.start_checkout(person.id).await;
    person
}

/// The user completes the checkout, as `cus_1` with `sub_1`.
pub async fn check_out(world: &World, user: UserId) {
    world.start_checkout(user).await;
    let reported = event(
        "evt_checkout",
        "checkout.session.completed",
        world.second(),
        stripe::checkout(user, "cus_1", "sub_1"),
    );
    world.notify(&reported).await.status(200);
}

pub async fn person(world: &World, user: UserId) -> User {
    world.user(user).await.expect("the user exists")
}

/// The tier, and the subscription or the staff plan that grants it.
pub async fn standing(world: &World, user: UserId) -> (PortalTier, Option<String>) {
    let person = person(world, user).await;
    let plan =
        person.entitlements.plan.map(|plan| serde_json::to_value(plan.source).expect("a source"));
    (
        person.portal_tier,
        plan.map(|source| source["subscription"].as_str().unwrap_or("staff").to_owned()),
    )
}

pub async fn subscriptions(world: &World, user: UserId) -> Vec<Subscription> {
    world.app.store().subscriptions(user).await.expect("the table responds")
}

/// The actions that the audit log lists for a user, oldest first.
pub async fn audit_actions(world: &World, user: UserId) -> Vec<String> {
    let pseudonym = person(world, user).await.pseudonym;
    let entries =
        world.app.store().recent_entries_about(pseudonym, 200).await.expect("the table responds");
    let mut reported: Vec<_> = entries.into_iter().map(|entry| (entry.id, entry.action)).collect();
    reported.sort();
    reported.into_iter().map(|(_, action)| action).collect()
}

/// Marks an account as pending deletion, or as being erased.
pub async fn leave(world: &World, user: UserId, executing: bool) {
    let (id, now) = (world.app.id(DeletionId::new), world.app.now());
    let pending = PendingDeletion { id, due_at: now.plus(1), before: Status::Active, executing };
    world
        .edit(user, |record| {
            *record = record.clone().delete(pending, None, now).expect("the user is active")
        })
        .await;
}

pub async fn staff(world: &World) -> provost_testkit::Someone<'_> {
    world.staff("grace", BuiltInRole::Admin).await
}
