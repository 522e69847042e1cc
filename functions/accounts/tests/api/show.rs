//! `GET /api/users/me` and `GET /api/users/{id}`.

use std::collections::BTreeSet;

use provost_domain::{BuiltInRole, Permission};
use serde_json::json;

use super::support::world;

#[tokio::test]
async fn a_user_sees_their_complete_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    let change = json!({"dateOfBirth": "2012-03-04", "billingCountry": "de", "address": "Lindenstraße 7", "settings": {"theme": "dark"}});
    ada.put("/api/users/me", change).await.ok();
    let reply = ada.get("/api/users/me").await;
    let me = reply.ok();
    assert_eq!(reply.header("etag"), "\"2\"");
    for (name, value) in [
        ("id", json!(ada.id)),
        ("email", json!(ada.email)),
        ("emailVerified", json!(true)),
        ("firstName", json!("ada")),
        ("lastName", json!("Lindqvist")),
        ("displayName", json!("ada Lindqvist")),
        ("role", json!("user")),
        ("portalTier", json!("free")),
        ("twoFactorEnabled", json!(false)),
        ("suspended", json!(false)),
        ("supportBanned", json!(false)),
        ("demoUsed", json!(false)),
        ("status", json!("active")),
        ("limits", json!({})),
        ("settings", json!({"theme": "dark"})),
        ("dateOfBirth", json!("2012-03-04")),
        ("age", json!(14)),
        ("isChildAccount", json!(true)),
        ("billingCountry", json!("DE")),
        ("address", json!("Lindenstraße 7")),
        ("permissions", json!([])),
        ("version", json!(2)),
    ] {
        assert_eq!(me[name], value, "{name}");
    }
    assert!(me["redacted"].is_null());
    assert_eq!(ada.get(&format!("/api/users/{}", ada.id)).await.ok(), me);
}

#[tokio::test]
async fn an_account_response_contains_no_secret() {
    let world = world().await;
    let ada = world.person("ada").await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let user = world.user(ada.id).await.unwrap();
    let secret = serde_json::to_value(&user).unwrap();
    for view in [ada.get("/api/users/me").await, root.get(&format!("/api/users/{}", ada.id)).await]
    {
        let keys: BTreeSet<String> = view.ok().as_object().unwrap().keys().cloned().collect();
        for name in [
            "passwordHash",
            "credential",
            "sessions",
            "apiKeys",
            "subjectKey",
            "pseudonym",
            "knownDevices",
            "failures",
            "revision",
            "grants",
            "denials",
        ] {
            assert!(!keys.contains(name), "{name}");
        }
        for name in ["subjectKey", "pseudonym"] {
            assert!(!view.text().contains(secret[name].as_str().unwrap()), "{name}");
        }
    }
}

#[tokio::test]
async fn users_cannot_see_each_other() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    bob.get(&format!("/api/users/{}", ada.id)).await.is(404, "INVALID_USER_ID");
    bob.get("/api/users/usr_00000000000000000000000000").await.is(404, "INVALID_USER_ID");
    bob.get(&format!("/api/users/email:{}", ada.email)).await.is(404, "INVALID_USER_ID");
    world.anyone().get(&format!("/api/users/{}", ada.id)).await.is(401, "UNAUTHENTICATED");
    world.anyone().get("/api/users/me").await.is(401, "UNAUTHENTICATED");
    ada.get("/api/users/me?fields=all").await.is(400, "UNKNOWN_PARAMETER");
}

#[tokio::test]
async fn staff_see_fields_by_permission_and_the_list_of_redacted_fields() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (sam, grace) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    ada.put(
        "/api/users/me",
        json!({"dateOfBirth": "1990-01-02", "phone": "+442079460000", "address": "Storgata 1", "billingCity": "Oslo", "settings": {"theme": "dark"}}),
    )
    .await
    .ok();
    let path = format!("/api/users/{}", ada.id);
    let seen = sam.get(&path).await.ok();
    let redacted: Vec<&str> =
        seen["redacted"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    for name in
        ["address", "billingCity", "phone", "dateOfBirth", "settings", "permissions", "security"]
    {
        assert!(redacted.contains(&name) && seen[name].is_null(), "{name}");
    }
    assert_eq!((&seen["age"], &seen["email"]), (&json!(36), &json!(ada.email)));
    let whole = grace.get(&format!("/api/users/email:{}", ada.email)).await.ok();
    assert_eq!(
        (&whole["address"], &whole["dateOfBirth"], &whole["redacted"]),
        (&json!("Storgata 1"), &json!("1990-01-02"), &json!(null))
    );
    assert_eq!(whole["phone"], "+442079460000");
    // The permission to update an account shows no further fields in the response.
    world.edit(sam.id, |sam| sam.grants.extend([Permission::UserUpdate])).await;
    let changed =
        sam.put(&path, json!({"firstName": "Augusta", "reason": "asked by phone"})).await.ok();
    assert_eq!(
        (&changed["firstName"], changed.get("phone"), changed.get("address")),
        (&json!("Augusta"), None, None)
    );
    assert_eq!(whole["security"]["lastLoginIp"], "127.0.0.1");
    for missing in [
        "usr_00000000000000000000000000",
        "email:nobody@user.example",
        "nonsense",
        "ses_00000000000000000000000000",
        "email:",
        "unique_id:x",
    ] {
        grace.get(&format!("/api/users/{missing}")).await.is(404, "INVALID_USER_ID");
    }
    world
        .edit(sam.id, |sam| {
            sam.denials.insert(Permission::UserView);
        })
        .await;
    sam.get(&path).await.is(404, "INVALID_USER_ID");
}
