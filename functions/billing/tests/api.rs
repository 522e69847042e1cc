//! Plans: listed, applied without checkout, and taken away again without a trace on tier or limits.

use provost_domain::{BuiltInRole, Principal, UserId, principal::PortalTier, profile::Profile};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

const FREE: &str = "prd_00000000000000000000000001";
const PRO: &str = "prd_00000000000000000000000002";
const ENTERPRISE: &str = "prd_00000000000000000000000004";

async fn world() -> World {
    let world = World::of(|app| {
        vec![
            Function::http("billing", fn_billing::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
        ]
    })
    .await;
    assert_eq!(world.app.store().seed_plans(world.app.now()).await.expect("the table answers"), 4);
    world
}

fn path(someone: &Someone<'_>, what: &str) -> String {
    format!("/api/admin/users/{}/{what}", someone.id)
}

/// What a plan exchanges: tier, storage and limits.
async fn standing(world: &World, user: UserId) -> (PortalTier, u64, Value) {
    let principal = world.principal(user).await.expect("the person exists");
    let profile = world.app.store().profile(user).await.expect("the table answers");
    (principal.portal_tier, principal.storage_quota, json!(profile.limits))
}

async fn limit(world: &World, user: UserId, limits: Value) {
    let principal = world.principal(user).await.expect("the person exists");
    let profile =
        Profile { limits: serde_json::from_value(limits).expect("limits"), bio: Some("likes engines".to_owned()), ..Profile::default() };
    let mut tx = world.app.transaction();
    tx.save_principal(&principal).expect("a principal");
    tx.save_profile(user, &profile).expect("a profile");
    tx.commit().await.expect("nobody else writes");
}

#[tokio::test]
async fn the_standard_plans_are_there_once_and_listed_in_order() {
    let world = world().await;
    assert_eq!(world.app.store().seed_plans(world.app.now()).await.expect("the table answers"), 0, "seeding twice adds nothing");
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let list = grace.get("/api/admin/plans").await.ok();
    assert_eq!(list["pagination"]["total"], 4);
    let tiers: Vec<_> = list["data"].as_array().expect("rows").iter().map(|plan| plan["portalTier"].as_str().expect("a tier")).collect();
    assert_eq!(tiers, ["free", "paid", "educational", "enterprise"]);
    let pro = &list["data"][1];
    assert_eq!(
        (pro["type"].clone(), pro["slug"].clone(), pro["price"].clone(), pro["billingInterval"].clone(), pro["limits"]["servers"].clone()),
        (json!("plan"), json!("pro-portal"), json!(900), json!("month"), json!(10))
    );
    let page = grace.get("/api/admin/plans?limit=3&active=true").await.ok();
    let rest = grace
        .get(&format!("/api/admin/plans?limit=3&active=true&cursor={}", page["pagination"]["nextCursor"].as_str().expect("there is more")))
        .await
        .ok();
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(grace.get("/api/admin/plans?active=false").await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn plans_are_for_those_who_may_see_bills() {
    let world = world().await;
    let (linus, ada) = (world.staff("linus", BuiltInRole::Staff).await, world.person("ada").await);
    for path in ["/api/admin/plans".to_owned(), path(&ada, "current-plan")] {
        world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
        ada.get(&path).await.is(403, "ADMIN_REQUIRED");
        linus.get(&path).await.is(403, "PERMISSION_DENIED");
    }
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.get("/api/admin/plans?actve=true").await.is(400, "UNKNOWN_PARAMETER");
    grace.get("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/current-plan").await.is(404, "INVALID_USER_ID");
}

#[tokio::test]
async fn a_plan_changes_tier_and_limits_at_once_and_its_end_restores_them_exactly() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    limit(&world, ada.id, json!({"servers": 2, "custom": [1, "two"]})).await;
    let before = standing(&world, ada.id).await;
    let applied = grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO, "reason": "a gift"})).await.ok();
    assert_eq!(
        (applied["portalTier"].clone(), applied["plan"]["name"].clone(), applied["limits"]["servers"].clone()),
        (json!("paid"), json!("Pro Portal"), json!(10))
    );
    assert_eq!(
        standing(&world, ada.id).await,
        (PortalTier::Paid, 250 << 30, json!({"servers": 10, "memoryMb": 16_384, "diskMb": 163_840, "databases": 10, "backups": 10}))
    );
    assert_eq!(grace.get(&path(&ada, "current-plan")).await.ok(), applied);
    let cancelled = grace.delete(&format!("{}?reason=over", path(&ada, "cancel-plan"))).await.ok();
    assert_eq!((cancelled["plan"].clone(), cancelled["limits"].clone()), (Value::Null, json!({"servers": 2, "custom": [1, "two"]})));
    assert_eq!(standing(&world, ada.id).await, before);
    assert_eq!(
        world.app.store().profile(ada.id).await.expect("the table answers").bio.as_deref(),
        Some("likes engines"),
        "nothing else of the profile is touched"
    );
}

#[tokio::test]
async fn a_plan_over_a_plan_keeps_what_was_before_the_first() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    limit(&world, ada.id, json!({"servers": 7})).await;
    let before = standing(&world, ada.id).await;
    for plan in [PRO, ENTERPRISE, ENTERPRISE, FREE] {
        grace.post(&path(&ada, "apply-plan"), json!({"planId": plan})).await.ok();
    }
    assert_eq!(grace.get(&path(&ada, "current-plan")).await.ok()["plan"]["before"]["limits"], json!({"servers": 7}));
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(standing(&world, ada.id).await, before);
}

#[tokio::test]
async fn cancelling_twice_is_cancelling_once() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO})).await.ok();
    let once = grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(grace.delete(&path(&ada, "cancel-plan")).await.ok(), once, "nothing changed, not even the version");
    let pseudonym = world.principal(ada.id).await.expect("ada").pseudonym;
    let mut told: Vec<_> = world
        .app
        .store()
        .recent_entries_about(pseudonym, 100)
        .await
        .expect("the table answers")
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    told.sort();
    assert_eq!(told, ["plan.applied", "plan.cancelled"]);
}

#[tokio::test]
async fn what_was_awarded_under_a_plan_outlives_it() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = standing(&world, ada.id).await.1;
    grace.post(&path(&ada, "grants"), json!({"type": "storage", "amount": 100})).await.status(201);
    grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO})).await.ok();
    assert_eq!(standing(&world, ada.id).await.1, (250 << 30) + 100);
    grace.post(&path(&ada, "grants"), json!({"type": "storage", "amount": 11})).await.status(201);
    assert_eq!(standing(&world, ada.id).await.1, (250 << 30) + 111);
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(standing(&world, ada.id).await.1, before + 111);
}

#[tokio::test]
async fn a_plan_needs_the_right_a_product_and_another_person() {
    let world = world().await;
    let (grace, linus, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.staff("linus", BuiltInRole::Staff).await, world.person("ada").await);
    let before = world.principal(ada.id).await.expect("ada").revision;
    for (method, what) in [(http::Method::POST, "apply-plan"), (http::Method::DELETE, "cancel-plan")] {
        let ask = async |someone: &Someone<'_>, whose: &Someone<'_>| {
            someone.ask(method.clone(), &path(whose, what), "application/json", json!({}).to_string().into()).await
        };
        ask(&world.anyone(), &ada).await.is(401, "UNAUTHENTICATED");
        ask(&ada, &ada).await.is(403, "ADMIN_REQUIRED");
        ask(&linus, &ada).await.is(403, "PERMISSION_DENIED");
    }
    grace.delete(&path(&grace, "cancel-plan")).await.is(409, "CANNOT_MODIFY_SELF");
    let apply = path(&ada, "apply-plan");
    grace.post(&path(&grace, "apply-plan"), json!({"planId": PRO})).await.is(409, "CANNOT_MODIFY_SELF");
    grace.post(&apply, json!({})).await.is(422, "VALIDATION_FAILED");
    grace.post(&apply, json!({"planId": PRO, "free": true})).await.is(422, "VALIDATION_FAILED");
    grace.post(&apply, json!({"planId": "prd_00000000000000000000000009"})).await.is(404, "NOT_FOUND");
    grace.post(&apply, json!({"planId": "gold"})).await.is(404, "NOT_FOUND");
    grace.post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/apply-plan", json!({"planId": PRO})).await.is(404, "INVALID_USER_ID");
    grace.with_header("if-match", "\"77\"").post(&apply, json!({"planId": PRO})).await.is(412, "STALE_VERSION");
    assert_eq!(world.principal(ada.id).await.expect("ada").revision, before);
}

#[tokio::test]
async fn of_two_plans_at_once_one_stands_and_the_beginning_is_kept() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = standing(&world, ada.id).await;
    let apply = path(&ada, "apply-plan");
    let (one, other) = tokio::join!(grace.post(&apply, json!({"planId": PRO})), grace.post(&apply, json!({"planId": ENTERPRISE})));
    one.ok();
    other.ok();
    let Principal { entitlements, portal_tier, .. } = world.principal(ada.id).await.expect("ada");
    assert_eq!(entitlements.plan.map(|plan| plan.portal_tier), Some(portal_tier));
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(standing(&world, ada.id).await, before);
}
