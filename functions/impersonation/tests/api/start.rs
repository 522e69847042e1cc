//! Who may act as whom, and what a start needs.

use provost_domain::{BuiltInRole, Permission, Status};
use serde_json::json;

use crate::support::{STOP, WHY, acting, ask, grace, root, started, world};

#[tokio::test]
async fn an_administrator_sees_what_the_user_sees() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let (as_ada, body) = started(&grace, &ada, "impersonation").await;
    assert_eq!(as_ada.get("/api/users/me").await.ok()["id"], ada.id.to_string());
    assert_eq!(
        (&body["token_type"], &body["view_mode"], &body["stop_url"]),
        (&json!("Bearer"), &json!("impersonation"), &json!(STOP))
    );
    assert_eq!(body["banner"]["user"], ada.id.to_string());
    assert_eq!(body["banner"]["actor"], grace.id.to_string());
    assert!(body.get("refresh_token").is_none());
    // The staff member's own token stays their own.
    assert_eq!(grace.get("/api/users/me").await.ok()["id"], grace.id.to_string());
}

#[tokio::test]
async fn nobody_acts_as_themselves_a_peer_a_superior_or_a_root_administrator() {
    let world = world().await;
    let (root, grace, hugo, sam) = (
        root(&world).await,
        grace(&world).await,
        world.staff("hugo", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
    );
    let other = world.staff("otto", BuiltInRole::RootAdmin).await;
    ask(&grace, &grace, "impersonation").await.is(409, "CANNOT_MODIFY_SELF");
    ask(&grace, &hugo, "impersonation").await.is(403, "OUTRANKED");
    ask(&grace, &root, "impersonation").await.is(403, "OUTRANKED");
    ask(&root, &other, "impersonation").await.is(403, "OUTRANKED");
    ask(&sam, &hugo, "impersonation").await.is(403, "PERMISSION_DENIED");
    ask(&grace, &sam, "impersonation").await.status(201);
}

#[tokio::test]
async fn nobody_reaches_a_permission_by_acting_as_its_holder() {
    let world = world().await;
    let (grace, sam) = (grace(&world).await, world.staff("sam", BuiltInRole::Staff).await);
    world.edit(sam.id, |sam| _ = sam.grants.insert(Permission::UserPurge)).await;
    ask(&grace, &sam, "impersonation").await.is(403, "OUTRANKED");
}

#[tokio::test]
async fn an_impersonation_starts_no_other_and_opens_no_route_of_staff() {
    let world = world().await;
    let (root, sam, ada) = (
        root(&world).await,
        world.staff("sam", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let (as_sam, _) = started(&root, &sam, "masquerade").await;
    ask(&as_sam, &ada, "impersonation").await.is(403, "PERMISSION_DENIED");
    as_sam.get("/api/admin/users").await.is(403, "PERMISSION_DENIED");
    as_sam.get("/v1/impersonations").await.is(403, "PERMISSION_DENIED");
    // One at a time.
    ask(&root, &ada, "impersonation").await.is(409, "INVALID_ACTION");
    root.post(STOP, json!({})).await.status(204);
    ask(&root, &ada, "impersonation").await.status(201);
}

#[tokio::test]
async fn a_masquerade_needs_a_permission_of_its_own() {
    let world = world().await;
    let (sam, ada) = (world.staff("sam", BuiltInRole::Staff).await, world.person("ada").await);
    world.edit(sam.id, |sam| _ = sam.grants.insert(Permission::UserImpersonate)).await;
    let refused = ask(&sam, &ada, "masquerade").await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.masquerade"]));
    ask(&sam, &ada, "impersonation").await.status(201);
}

#[tokio::test]
async fn a_start_needs_a_reason_a_valid_duration_and_a_session() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let path = format!("/v1/auth/impersonate/{}", ada.id);
    for (body, field) in [
        (json!({}), "reason"),
        (json!({ "reason": "short" }), "reason"),
        (json!({ "reason": WHY, "duration_s": 59 }), "duration_s"),
        (json!({ "reason": WHY, "duration_s": 3601 }), "duration_s"),
        (json!({ "reason": WHY, "duration_s": 1801, "view_mode": "masquerade" }), "duration_s"),
        (json!({ "reason": WHY, "view_mode": "owner" }), "view_mode"),
        (json!({ "reason": WHY, "ticket": "" }), "ticket"),
    ] {
        let refused = grace.post(&path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let header = grace.with_header("X-Reason", WHY);
    header.post(&path, json!({ "duration_s": 3600 })).await.status(201);
}

#[tokio::test]
async fn an_account_that_cannot_be_used_is_not_entered() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    world.edit(ada.id, |ada| ada.status = Status::Inactive).await;
    ask(&grace, &ada, "impersonation").await.is(409, "INVALID_ACTION");
    world.edit(ada.id, |ada| ada.status = Status::Active).await;
    let as_ada = acting(&grace, &ada).await;
    world.edit(ada.id, |ada| ada.status = Status::Inactive).await;
    as_ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
}
