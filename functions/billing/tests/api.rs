//! Plans: listed, applied without checkout, and cancelled with tier and limits fully restored.

use provost_domain::{
    BuiltInRole, DeletionId, Status, User, UserId,
    product::{Product, standard_plans},
    profile::Profile,
    user::{PendingDeletion, PortalTier},
};
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
    assert_eq!(world.app.store().seed_plans(world.app.now()).await.expect("the table responds"), 4);
    world
}

fn path(someone: &Someone<'_>, what: &str) -> String {
    format!("/api/admin/users/{}/{what}", someone.id)
}

/// The values that a plan replaces: tier, storage and limits.
async fn tier_and_limits(world: &World, user: UserId) -> (PortalTier, u64, Value) {
    let record = world.user(user).await.expect("the user exists");
    let profile = world.app.store().profile(user).await.expect("the table responds");
    (record.portal_tier, record.storage_quota, json!(profile.limits))
}

async fn limit(world: &World, user: UserId, limits: Value) {
    let record = world.user(user).await.expect("the user exists");
    let profile = Profile {
        limits: serde_json::from_value(limits).expect("limits"),
        bio: Some("likes engines".to_owned()),
        ..Profile::default()
    };
    let mut tx = world.app.transaction();
    tx.save_user(&record).expect("a user");
    tx.save_profile(user, &profile).expect("a profile");
    tx.commit().await.expect("no concurrent write");
}

/// Adds a product to the catalogue.
async fn add(world: &World, product: &Product) {
    let item = provost_store::item::encode(
        "a product",
        &provost_store::products::key(product.id),
        product,
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

#[tokio::test]
async fn the_standard_plans_exist_once_and_are_listed_in_order() {
    let world = world().await;
    assert_eq!(
        world.app.store().seed_plans(world.app.now()).await.expect("the table responds"),
        0,
        "seeding twice adds nothing"
    );
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let list = grace.get("/api/admin/plans").await.ok();
    assert_eq!(list["pagination"]["total"], 4);
    let tiers: Vec<_> = list["data"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|plan| plan["portalTier"].as_str().expect("a tier"))
        .collect();
    assert_eq!(tiers, ["free", "paid", "educational", "enterprise"]);
    let pro = &list["data"][1];
    assert_eq!(
        (
            pro["type"].clone(),
            pro["slug"].clone(),
            pro["price"].clone(),
            pro["billingInterval"].clone(),
            pro["limits"]["servers"].clone()
        ),
        (json!("plan"), json!("pro-portal"), json!(900), json!("month"), json!(10))
    );
    let page = grace.get("/api/admin/plans?limit=3&active=true").await.ok();
    let rest = grace
        .get(&format!(
            "/api/admin/plans?limit=3&active=true&cursor={}",
            page["pagination"]["nextCursor"].as_str().expect("there are more plans")
        ))
        .await
        .ok();
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(grace.get("/api/admin/plans?active=false").await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn plans_require_the_billing_permission() {
    let world = world().await;
    let (linus, ada) = (world.staff("linus", BuiltInRole::Staff).await, world.person("ada").await);
    for path in ["/api/admin/plans".to_owned(), path(&ada, "current-plan")] {
        world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
        ada.get(&path).await.is(403, "ADMIN_REQUIRED");
        linus.get(&path).await.is(403, "PERMISSION_DENIED");
    }
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.get("/api/admin/plans?actve=true").await.is(400, "UNKNOWN_PARAMETER");
    grace
        .get("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/current-plan")
        .await
        .is(404, "INVALID_USER_ID");
}

#[tokio::test]
async fn a_plan_changes_tier_and_limits_and_cancelling_restores_them_exactly() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    limit(&world, ada.id, json!({"servers": 2, "custom": [1, "two"]})).await;
    let before = tier_and_limits(&world, ada.id).await;
    let applied = grace
        .post(&path(&ada, "apply-plan"), json!({"planId": PRO, "reason": "a gift"}))
        .await
        .ok();
    assert_eq!(
        (
            applied["portalTier"].clone(),
            applied["plan"]["name"].clone(),
            applied["limits"]["servers"].clone()
        ),
        (json!("paid"), json!("Pro Portal"), json!(10))
    );
    assert_eq!(
        tier_and_limits(&world, ada.id).await,
        (
            PortalTier::Paid,
            250 << 30,
            json!({"servers": 10, "memoryMb": 16_384, "diskMb": 163_840, "databases": 10, "backups": 10})
        )
    );
    assert_eq!(grace.get(&path(&ada, "current-plan")).await.ok(), applied);
    let cancelled = grace.delete(&format!("{}?reason=over", path(&ada, "cancel-plan"))).await.ok();
    assert_eq!(
        (cancelled["plan"].clone(), cancelled["limits"].clone()),
        (Value::Null, json!({"servers": 2, "custom": [1, "two"]}))
    );
    assert_eq!(tier_and_limits(&world, ada.id).await, before);
    assert_eq!(
        world.app.store().profile(ada.id).await.expect("the table responds").bio.as_deref(),
        Some("likes engines"),
        "the rest of the profile is unchanged"
    );
}

#[tokio::test]
async fn a_plan_over_a_plan_keeps_the_values_from_before_the_first() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    limit(&world, ada.id, json!({"servers": 7})).await;
    let before = tier_and_limits(&world, ada.id).await;
    for plan in [PRO, ENTERPRISE, ENTERPRISE, FREE] {
        grace.post(&path(&ada, "apply-plan"), json!({"planId": plan})).await.ok();
    }
    assert_eq!(
        grace.get(&path(&ada, "current-plan")).await.ok()["plan"]["before"]["limits"],
        json!({"servers": 7})
    );
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(tier_and_limits(&world, ada.id).await, before);
}

#[tokio::test]
async fn cancelling_twice_has_one_effect() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO})).await.ok();
    let once = grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(
        grace.delete(&path(&ada, "cancel-plan")).await.ok(),
        once,
        "nothing changed, not even the version"
    );
    let pseudonym = world.user(ada.id).await.expect("ada").pseudonym;
    let mut reported: Vec<_> = world
        .app
        .store()
        .recent_entries_about(pseudonym, 100)
        .await
        .expect("the table responds")
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    reported.sort();
    assert_eq!(reported, ["plan.applied", "plan.cancelled"]);
}

#[tokio::test]
async fn benefits_granted_during_a_plan_outlive_it() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = tier_and_limits(&world, ada.id).await.1;
    grace.post(&path(&ada, "grants"), json!({"type": "storage", "amount": 100})).await.status(201);
    grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO})).await.ok();
    assert_eq!(tier_and_limits(&world, ada.id).await.1, (250 << 30) + 100);
    grace.post(&path(&ada, "grants"), json!({"type": "storage", "amount": 11})).await.status(201);
    assert_eq!(tier_and_limits(&world, ada.id).await.1, (250 << 30) + 111);
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(tier_and_limits(&world, ada.id).await.1, before + 111);
}

#[tokio::test]
async fn applying_a_plan_needs_permission_a_product_and_another_user() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let before = world.user(ada.id).await.expect("ada").revision;
    for (method, what) in
        [(http::Method::POST, "apply-plan"), (http::Method::DELETE, "cancel-plan")]
    {
        let ask = async |someone: &Someone<'_>, whose: &Someone<'_>| {
            someone
                .ask(
                    method.clone(),
                    &path(whose, what),
                    "application/json",
                    json!({}).to_string().into(),
                )
                .await
        };
        ask(&world.anyone(), &ada).await.is(401, "UNAUTHENTICATED");
        ask(&ada, &ada).await.is(403, "ADMIN_REQUIRED");
        ask(&linus, &ada).await.is(403, "PERMISSION_DENIED");
    }
    grace.delete(&path(&grace, "cancel-plan")).await.is(409, "CANNOT_MODIFY_SELF");
    let apply = path(&ada, "apply-plan");
    grace
        .post(&path(&grace, "apply-plan"), json!({"planId": PRO}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    grace.post(&apply, json!({})).await.is(422, "VALIDATION_FAILED");
    grace.post(&apply, json!({"planId": PRO, "free": true})).await.is(422, "VALIDATION_FAILED");
    grace
        .post(&apply, json!({"planId": "prd_00000000000000000000000009"}))
        .await
        .is(404, "NOT_FOUND");
    grace.post(&apply, json!({"planId": "gold"})).await.is(404, "NOT_FOUND");
    grace
        .post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/apply-plan", json!({"planId": PRO}))
        .await
        .is(404, "INVALID_USER_ID");
    grace
        .with_header("if-match", "\"77\"")
        .post(&apply, json!({"planId": PRO}))
        .await
        .is(412, "STALE_VERSION");
    assert_eq!(world.user(ada.id).await.expect("ada").revision, before);
}

#[tokio::test]
async fn of_two_concurrent_plans_one_wins_and_the_original_values_are_kept() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = tier_and_limits(&world, ada.id).await;
    let apply = path(&ada, "apply-plan");
    let (one, other) = tokio::join!(
        grace.post(&apply, json!({"planId": PRO})),
        grace.post(&apply, json!({"planId": ENTERPRISE}))
    );
    one.ok();
    other.ok();
    let User { entitlements, portal_tier, .. } = world.user(ada.id).await.expect("ada");
    assert_eq!(entitlements.plan.map(|plan| plan.portal_tier), Some(portal_tier));
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(tier_and_limits(&world, ada.id).await, before);
}

#[tokio::test]
async fn applying_and_cancelling_concurrently_leaves_a_consistent_state() {
    let world = world().await;
    let (grace, joan, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("joan", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    limit(&world, ada.id, json!({"servers": 7})).await;
    let before = tier_and_limits(&world, ada.id).await;
    let (apply, cancel) = (path(&ada, "apply-plan"), path(&ada, "cancel-plan"));
    for _ in 0..5 {
        grace.post(&apply, json!({"planId": PRO})).await.ok();
        let (one, other) =
            tokio::join!(grace.post(&apply, json!({"planId": ENTERPRISE})), joan.delete(&cancel));
        one.ok();
        other.ok();
        let plan = world.user(ada.id).await.expect("ada").entitlements.plan;
        let (tier, _, limits) = tier_and_limits(&world, ada.id).await;
        match plan {
            Some(plan) => {
                assert_eq!(
                    (tier, limits),
                    (PortalTier::Enterprise, json!({})),
                    "the plan was applied last"
                );
                assert_eq!(
                    json!(plan.before.limits),
                    json!({"servers": 7}),
                    "the plan stores the original values"
                );
            }
            None => {
                assert_eq!(
                    tier_and_limits(&world, ada.id).await,
                    before,
                    "the cancellation came last"
                )
            }
        }
        let (one, other) = tokio::join!(grace.delete(&cancel), joan.delete(&cancel));
        assert_eq!(one.ok()["plan"], Value::Null);
        assert_eq!(other.ok()["plan"], Value::Null);
        assert_eq!(tier_and_limits(&world, ada.id).await, before);
    }
}

#[tokio::test]
async fn many_concurrent_plans_keep_the_original_values() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    limit(&world, ada.id, json!({"servers": 7})).await;
    let (before, apply) = (tier_and_limits(&world, ada.id).await, path(&ada, "apply-plan"));
    let replies = futures_util::future::join_all((0..8).map(|number| {
        let plan = [FREE, PRO, ENTERPRISE][number % 3];
        grace.post(&apply, json!({"planId": plan}))
    }))
    .await;
    // A request that loses too many races returns a retryable error and changes nothing.
    let applied = replies.iter().filter(|reply| reply.status.is_success()).count();
    assert!(
        applied > 0
            && replies.iter().all(|reply| reply.status.is_success()
                || matches!(reply.status.as_u16(), 409 | 412 | 503))
    );
    let pseudonym = world.user(ada.id).await.expect("ada").pseudonym;
    let reported =
        world.app.store().recent_entries_about(pseudonym, 100).await.expect("the table responds");
    assert_eq!(
        reported.iter().filter(|entry| entry.action == "plan.applied" && entry.success).count(),
        applied,
        "one entry for each applied plan"
    );
    grace.delete(&path(&ada, "cancel-plan")).await.ok();
    assert_eq!(tier_and_limits(&world, ada.id).await, before);
}

#[tokio::test]
async fn the_audit_log_says_what_a_plan_changed_and_why() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO, "reason": "a gift"})).await.ok();
    grace.with_header("x-reason", "it is over").delete(&path(&ada, "cancel-plan")).await.ok();
    let pseudonym = world.user(ada.id).await.expect("ada").pseudonym;
    let mut reported =
        world.app.store().recent_entries_about(pseudonym, 100).await.expect("the table responds");
    reported.sort_by(|a, b| a.action.cmp(&b.action));
    let reasons: Vec<_> =
        reported.iter().map(|entry| (entry.action.as_str(), entry.reason.as_deref())).collect();
    assert_eq!(reasons, [("plan.applied", Some("a gift")), ("plan.cancelled", Some("it is over"))]);
    for entry in &reported {
        for field in ["plan", "portalTier", "storageQuota", "limits"] {
            assert!(entry.changes.contains_key(field), "{} tells of {field}", entry.action);
        }
    }
}

#[tokio::test]
async fn inactive_plans_and_other_products_are_not_applied() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = tier_and_limits(&world, ada.id).await;
    let (withdrawn, addon, gone) = (
        "prd_00000000000000000000000011",
        "prd_00000000000000000000000012",
        "prd_00000000000000000000000013",
    );
    for (id, r#type, active, deleted) in [
        (withdrawn, "plan", false, false),
        (addon, "addon", true, false),
        (gone, "plan", true, true),
    ] {
        let mut product = standard_plans(world.app.now()).remove(1);
        product.id = id.parse().expect("an id");
        product.r#type = serde_json::from_value(json!(r#type)).expect("a type");
        product.active = active;
        product.deleted_at = deleted.then(|| world.app.now());
        add(&world, &product).await;
    }
    let apply = path(&ada, "apply-plan");
    grace.post(&apply, json!({"planId": withdrawn})).await.is(409, "INVALID_ACTION");
    grace.post(&apply, json!({"planId": addon})).await.is(409, "INVALID_ACTION");
    grace.post(&apply, json!({"planId": gone})).await.is(404, "NOT_FOUND");
    assert_eq!(tier_and_limits(&world, ada.id).await, before);
    assert_eq!(
        grace.get("/api/admin/plans").await.ok()["pagination"]["total"],
        5,
        "add-ons and inactive plans are not listed"
    );
    assert_eq!(grace.get("/api/admin/plans?active=true").await.ok()["pagination"]["total"], 4);
    assert_eq!(grace.get("/api/admin/plans?active=false").await.ok()["data"][0]["id"], withdrawn);
    for query in ["active=maybe", "limit=0", "limit=201", "page=0"] {
        grace.get(&format!("/api/admin/plans?{query}")).await.is(422, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn a_deleted_account_gets_no_plan() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let now = world.app.now();
    world
        .edit(ada.id, |user| {
            let pending = PendingDeletion {
                id: world.app.id(DeletionId::new),
                due_at: now.plus(1),
                before: Status::Active,
                executing: false,
            };
            *user = user.clone().delete(pending, None, now).expect("it is active");
        })
        .await;
    let before = tier_and_limits(&world, ada.id).await;
    grace.post(&path(&ada, "apply-plan"), json!({"planId": PRO})).await.is(409, "INVALID_ACTION");
    assert_eq!(tier_and_limits(&world, ada.id).await, before);
}
