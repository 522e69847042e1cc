//! `PUT /v1/users/{user_id}`: names, types and the profile.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::support::{entries, of, world};

fn profile() -> Value {
    json!({
        "bio": "Writes about engines.\nAnd numbers.", "professional_summary": "Analyst.",
        "designation": "Teacher", "expertise": ["Algebra", "C; C++"], "gender": "female",
        "date_of_birth": "1990-05-01", "address": "Road 5", "city": "Dhaka", "state": "Dhaka Division",
        "country": "bd", "timezone": "asia/dhaka", "locale": "bn-bd",
        "social": { "website": "https://ada.example", "linkedin": "https://linkedin.com/in/ada" },
    })
}

#[tokio::test]
async fn a_profile_is_stored_in_normal_form_and_shown() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let changed = root.put(&of(ada.id), json!({ "profile": profile() })).await.ok();
    let shown = root.get(&of(ada.id)).await.ok();
    assert_eq!(changed["profile"], shown["profile"]);
    let mut expected = profile();
    expected["country"] = "BD".into();
    expected["continent"] = "AS".into();
    expected["timezone"] = "Asia/Dhaka".into();
    expected["locale"] = "bn-BD".into();
    expected["social"]["website"] = "https://ada.example/".into();
    for (name, value) in expected.as_object().expect("fields") {
        if name != "social" {
            assert_eq!(&shown["profile"][name], value, "{name}");
        }
    }
    assert_eq!(shown["profile"]["social"]["linkedin"], expected["social"]["linkedin"]);
    assert_eq!(shown["profile"]["social"]["website"], expected["social"]["website"]);
    assert_eq!((&shown["age"], &shown["version"]), (&json!(36), &json!(2)));
    assert_eq!(entries(&world, ada.id).await[0].action, "user.updated");

    // Omitted values stay, null removes one, and the same values change nothing.
    let body = json!({ "profile": { "bio": null, "social": { "linkedin": null } } });
    let changed = root.put(&of(ada.id), body.clone()).await.ok();
    assert_eq!(changed["changed"], json!(["profile.bio", "profile.social"]));
    assert_eq!(changed["profile"]["bio"], Value::Null);
    assert_eq!(changed["profile"]["social"]["website"], "https://ada.example/");
    assert_eq!(changed["profile"]["city"], "Dhaka");
    let same = root.put(&of(ada.id), body).await.ok();
    assert_eq!((&same["changed"], &same["version"]), (&json!([]), &json!(3)));
}

#[tokio::test]
async fn each_invalid_value_is_named_and_nothing_changes() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let before = world.user(ada.id).await.expect("ada");
    for (field, body) in [
        ("profile.country", json!({ "profile": { "country": "ZZ" } })),
        ("profile.timezone", json!({ "profile": { "timezone": "Mars/Base" } })),
        ("profile.locale", json!({ "profile": { "locale": "en_US" } })),
        ("profile.gender", json!({ "profile": { "gender": "x" } })),
        ("profile.date_of_birth", json!({ "profile": { "date_of_birth": "2026-02-30" } })),
        (
            "profile.social.twitter",
            json!({ "profile": { "social": { "twitter": "http://x.example" } } }),
        ),
        (
            "profile.social.website",
            json!({ "profile": { "social": { "website": "javascript:alert(1)" } } }),
        ),
        ("profile.expertise[1]", json!({ "profile": { "expertise": ["Algebra", "algebra"] } })),
        ("profile.designation", json!({ "profile": { "designation": "a\u{202e}b" } })),
        ("profile.colour", json!({ "profile": { "colour": "red" } })),
        ("first_name", json!({ "first_name": "" })),
        ("username", json!({ "username": "ADA" })),
        ("email", json!({ "email": "Rana Das <rana@example.org>" })),
        ("is_learner", json!({ "is_learner": false })),
        ("is_admin", json!({ "is_admin": true })),
        ("suspended_until", json!({ "suspended_until": "2027-01-01T00:00:00Z" })),
        ("reason", json!({ "first_name": "Eve", "reason": "x" })),
    ] {
        let refused = root.put(&of(ada.id), body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!((before.revision, before.version), (after.revision, after.version));
}

#[tokio::test]
async fn a_change_of_another_version_is_refused() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let root = root.with_header("if-match", "\"1\"");
    root.put(&of(ada.id), json!({ "first_name": "Augusta" })).await.ok();
    root.put(&of(ada.id), json!({ "first_name": "Eve" })).await.is(412, "STALE_VERSION");
    root.put(&of(ada.id), json!({ "status": "inactive" })).await.is(412, "STALE_VERSION");
    root.delete(&of(ada.id)).await.is(412, "STALE_VERSION");
    assert_eq!(world.user(ada.id).await.expect("ada").first_name, "Augusta");
}

#[tokio::test]
async fn a_user_keeps_at_least_one_type() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let types = json!({ "is_instructor": true, "is_learner": false });
    let shown = root.put(&of(ada.id), types).await.ok();
    assert_eq!((&shown["is_instructor"], &shown["is_learner"]), (&json!(true), &json!(false)));
    // An administrator need be nothing else.
    root.put(&of(grace.id), json!({ "is_learner": false })).await.ok();
    let stored = world.user(grace.id).await.expect("grace");
    assert!(!stored.is_learner);
    world.edit(grace.id, |grace| grace.set_role(BuiltInRole::User)).await;
    assert!(world.user(grace.id).await.expect("grace").is_learner);
}

#[tokio::test]
async fn nobody_changes_themselves_or_a_higher_rank() {
    let world = world().await;
    let (grace, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let body = json!({ "first_name": "Eve" });
    grace.put("/v1/users/me", body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    grace.put(&of(grace.id), body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    grace.put(&of(root.id), body.clone()).await.is(403, "OUTRANKED");
    grace.put(&format!("/v1/users/email:{}", root.email), body).await.is(403, "OUTRANKED");
}
