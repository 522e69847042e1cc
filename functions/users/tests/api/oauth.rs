//! `POST /v1/users/{user_id}/oauth/link` and `…/unlink`.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::support::{entries, of, world};

#[tokio::test]
async fn an_account_at_a_provider_belongs_to_one_user() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let link = |id| format!("{}/oauth/link", of(id));
    let google =
        json!({ "provider": "google", "provider_user_id": "1138", "email": "Ada@Gmail.example" });
    let shown = grace.post(&link(ada.id), google.clone()).await.ok();
    assert_eq!(
        (&shown["oauth"][0]["provider"], &shown["oauth"][0]["email"]),
        (&json!("google"), &json!("ada@gmail.example"))
    );
    assert_eq!(shown["auth_methods"], json!(["email", "oauth"]));
    let same = grace.post(&link(ada.id), google.clone()).await.ok();
    assert_eq!(same["version"], shown["version"]);
    let refused = grace.post(&link(bob.id), google.clone()).await.is(409, "ALREADY_EXISTS");
    assert_eq!(refused["field"], "provider_user_id");
    // The same id at another provider is another account.
    let github = json!({ "provider": "github", "provider_user_id": "1138" });
    grace.post(&link(bob.id), github).await.ok();
    let other = json!({ "provider": "google", "provider_user_id": "2077" });
    let refused = grace.post(&link(ada.id), other.clone()).await.is(409, "ALREADY_EXISTS");
    assert_eq!(refused["field"], "provider");
    let mut replacing = other;
    replacing["replace"] = json!(true);
    let shown = grace.post(&link(ada.id), replacing).await.ok();
    assert_eq!(shown["oauth"].as_array().map(Vec::len), Some(1));
    // The replaced account is free.
    grace.post(&link(bob.id), google).await.ok();
    let log = entries(&world, ada.id).await;
    assert!(log.iter().all(|entry| entry.action == "user.oauth_linked") && log.len() == 2);
}

#[tokio::test]
async fn the_last_way_to_sign_in_is_never_removed() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let body = json!({ "name": "Ada", "email": "ada@example.org", "send": { "welcome": false } });
    let ada = grace.post("/v1/users", body).await.status(201);
    let path =
        |what: &str| format!("/v1/users/{}/oauth/{what}", ada["id"].as_str().expect("an id"));
    let google = json!({ "provider": "google", "provider_user_id": "1138" });
    let linked = grace.post(&path("link"), google).await.ok();
    assert_eq!(
        (&linked["auth_methods"], &linked["has_password"]),
        (&json!(["oauth"]), &json!(false))
    );
    let unlink = json!({ "provider": "google" });
    grace.post(&path("unlink"), unlink.clone()).await.is(409, "INVALID_ACTION");
    let github = json!({ "provider": "github", "provider_user_id": "ada" });
    grace.post(&path("link"), github).await.ok();
    let wrong = json!({ "provider": "google", "provider_user_id": "2077" });
    grace.post(&path("unlink"), wrong).await.is(404, "NOT_FOUND");
    let left = grace.post(&path("unlink"), unlink.clone()).await.ok();
    assert_eq!(left["oauth"][0]["provider"], "github");
    grace.post(&path("unlink"), unlink).await.is(404, "NOT_FOUND");
    grace.post(&path("unlink"), json!({ "provider": "github" })).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn invalid_input_is_named() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("{}/oauth/link", of(ada.id));
    for (field, body) in [
        ("provider", json!({ "provider": "myspace", "provider_user_id": "1" })),
        ("provider_user_id", json!({ "provider": "google" })),
        ("provider_user_id", json!({ "provider": "google", "provider_user_id": "" })),
        ("provider_user_id", json!({ "provider": "google", "provider_user_id": "a b" })),
        ("provider_user_id", json!({ "provider": "google", "provider_user_id": "1".repeat(256) })),
        ("email", json!({ "provider": "google", "provider_user_id": "1", "email": "x" })),
    ] {
        let refused = grace.post(&path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
}
