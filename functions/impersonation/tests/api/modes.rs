//! What each mode allows: reading, changes, and never what is sensitive.

use provost_testkit::people::PASSWORD;
use serde_json::json;

use crate::support::{acting, grace, started, world};

#[tokio::test]
async fn an_impersonation_only_reads() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    as_ada.get("/api/users/me").await.ok();
    let change = json!({ "firstName": "Eve" });
    as_ada.put("/api/users/me", change.clone()).await.is(403, "IMPERSONATION_READ_ONLY");
    as_ada.put(&format!("/api/users/{}", ada.id), change).await.is(403, "IMPERSONATION_READ_ONLY");
    as_ada.post("/api/users/me/deletion-request", json!({})).await.is(403, "PERMISSION_DENIED");
    assert_eq!(ada.get("/api/users/me").await.ok()["firstName"], "ada");
}

#[tokio::test]
async fn a_masquerade_changes_what_is_not_sensitive() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let (as_ada, _) = started(&grace, &ada, "masquerade").await;
    as_ada.put("/api/users/me", json!({ "displayName": "Ada L." })).await.ok();
    assert_eq!(ada.get("/api/users/me").await.ok()["displayName"], "Ada L.");
    for (path, body) in [
        ("/api/users/me/deletion-request", json!({})),
        ("/api/users/me/export-request", json!({})),
        ("/api/sessions/two-factor", json!({ "currentPassword": PASSWORD })),
        ("/api/sessions/logout", json!({})),
        ("/api/sessions/logout-all", json!({})),
    ] {
        as_ada.post(path, body).await.is(403, "PERMISSION_DENIED");
    }
    as_ada.delete(&format!("/api/users/{}/sessions", ada.id)).await.is(403, "PERMISSION_DENIED");
    ada.get("/api/users/me").await.ok();
}

#[tokio::test]
async fn a_masquerade_changes_neither_how_the_user_signs_in_nor_their_policy() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let (as_ada, _) = started(&grace, &ada, "masquerade").await;
    for body in [
        json!({ "email": "eve@user.example", "currentPassword": PASSWORD }),
        json!({ "username": "eve" }),
        json!({ "phone": "+4915112345678" }),
        json!({ "password": "Another-Harbour-27", "currentPassword": PASSWORD }),
        json!({ "impersonationPolicy": "none" }),
    ] {
        as_ada.put("/api/users/me", body.clone()).await.is(403, "PERMISSION_DENIED");
        let named = format!("/api/users/{}", ada.id);
        as_ada.put(&named, body).await.is(403, "PERMISSION_DENIED");
    }
    let me = ada.get("/api/users/me").await.ok();
    assert_eq!((&me["email"], &me["username"]), (&json!(ada.email), &json!(null)));
}

#[tokio::test]
async fn the_bearer_decides_over_a_cookie_of_the_staff_member() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    let own = grace.token.clone().expect("a token");
    let both = as_ada.with_header("cookie", &format!("__Host-provost-portal-access={own}"));
    assert_eq!(both.get("/api/users/me").await.ok()["id"], ada.id.to_string());
    both.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    // An invalid bearer is not replaced by the cookie.
    both.with_token("prv_nonsense").get("/api/users/me").await.is(401, "UNAUTHENTICATED");
}
