//! Changing a role: callers can give only what they hold, and the role takes effect on the next
//! request.

use provost_domain::{BuiltInRole, Permission, Status, UserId};
use serde_json::json;

use crate::{entries, world};

fn role(user: UserId) -> String {
    format!("/api/admin/users/{user}/role")
}

#[tokio::test]
async fn a_role_change_takes_effect_on_the_next_request() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    ada.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    world.interceptor.reset();
    assert_eq!(
        joan.patch(&role(ada.id), json!({"role": "ADMIN", "reason": "hired"})).await.status(200),
        json!({"userId": ada.id, "newRole": "admin"})
    );
    assert_eq!(world.interceptor.spent().requests(), 3, "{:?}", world.interceptor.log());
    ada.get("/api/admin/users").await.ok();
    joan.patch(&role(ada.id), json!({"role": "user", "reason": "left"})).await.ok();
    ada.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    let log = entries(&world, ada.id).await;
    assert_eq!(
        log.iter()
            .map(|entry| (entry.action.as_str(), entry.reason.as_deref()))
            .collect::<Vec<_>>(),
        [("user.role_changed", Some("left")), ("user.role_changed", Some("hired"))]
    );
    assert_eq!(
        (&log[1].changes["role"].before, &log[1].changes["role"].after),
        (&json!("user"), &json!("admin"))
    );
}

#[tokio::test]
async fn every_role_is_accepted_in_both_spellings() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    for (spelling, is) in [
        ("STAFF", "staff"),
        ("admin", "admin"),
        ("SUPERADMIN", "rootAdmin"),
        ("USER", "user"),
        ("rootAdmin", "rootAdmin"),
        ("staff", "staff"),
        ("ADMIN", "admin"),
        ("user", "user"),
    ] {
        assert_eq!(
            joan.patch(&role(ada.id), json!({"role": spelling, "reason": "moves"})).await.ok()["newRole"],
            is
        );
        assert_eq!(world.user(ada.id).await.map(|ada| ada.role.as_str()), Some(is));
    }
}

#[tokio::test]
async fn setting_the_current_role_writes_and_records_nothing() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    joan.patch(&role(ada.id), json!({"role": "USER", "reason": "again"})).await.ok();
    assert_eq!(world.user(ada.id).await.map(|ada| ada.version), Some(1));
    assert!(entries(&world, ada.id).await.is_empty());
}

#[tokio::test]
async fn callers_cannot_give_permissions_that_they_do_not_hold() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    // An administrator with one additional root permission can change roles, but only up to the
    // permissions they hold themselves.
    world
        .edit(grace.id, |grace| {
            grace.grants.insert(Permission::RoleAssign);
            grace.denials.insert(Permission::FraudRead);
        })
        .await;
    let refused = grace
        .patch(&role(ada.id), json!({"role": "staff", "reason": "hired"}))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["fraud.read"]));
    world.edit(grace.id, |grace| grace.denials.clear()).await;
    grace
        .patch(&role(ada.id), json!({"role": "SUPERADMIN", "reason": "hired"}))
        .await
        .is(403, "SUPERADMIN_REQUIRED");
    grace.patch(&role(ada.id), json!({"role": "staff", "reason": "hired"})).await.ok();
    assert_eq!(entries(&world, ada.id).await.len(), 1);
}

#[tokio::test]
async fn changing_a_role_requires_the_permission_and_a_higher_rank() {
    let world = world().await;
    let (joan, grace, ada) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let body = json!({"role": "ADMIN", "reason": "hired"});
    world.anyone().patch(&role(ada.id), body.clone()).await.is(401, "UNAUTHENTICATED");
    ada.patch(&role(ada.id), body.clone()).await.is(403, "ADMIN_REQUIRED");
    grace.patch(&role(ada.id), body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    joan.patch(&role(joan.id), body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    joan.patch("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/role", body.clone())
        .await
        .is(404, "INVALID_USER_ID");
    for (body, field) in [
        (json!({"role": "ADMIN"}), "reason"),
        (json!({"reason": "hired"}), "role"),
        (json!({"role": "wizard", "reason": "hired"}), "role"),
        (json!({"role": "Superadmin", "reason": "hired"}), "role"),
        (json!({"role": null, "reason": "hired"}), "role"),
        (json!({"role": "ADMIN", "reason": "hired", "permissions": ["*"]}), "permissions"),
        (json!({"role": ["ADMIN"], "reason": "hired"}), "role"),
    ] {
        assert_eq!(
            joan.patch(&role(ada.id), body.clone()).await.is(422, "VALIDATION_FAILED")["errors"][0]
                ["field"],
            field,
            "{body}"
        );
    }
    joan.with_header("if-match", "\"7\"")
        .patch(&role(ada.id), body.clone())
        .await
        .is(412, "STALE_VERSION");
    assert_eq!(
        world.user(ada.id).await.map(|ada| (ada.role, ada.revision)),
        Some((BuiltInRole::User, 0))
    );
    world.edit(ada.id, |ada| ada.status = Status::Deleted).await;
    joan.patch(&role(ada.id), body).await.is(409, "INVALID_ACTION");
    assert!(entries(&world, ada.id).await.is_empty());
}
