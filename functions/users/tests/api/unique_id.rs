//! `PUT /v1/users/{user_id}/unique-id`.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::support::{entries, of, world};

#[tokio::test]
async fn a_unique_id_belongs_to_one_user_whatever_its_letter_case() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let path = |id| format!("{}/unique-id", of(id));
    let previous = world.user(ada.id).await.expect("ada").unique_id;
    let set = grace.put(&path(ada.id), json!({ "unique_id": "Emp-1093" })).await.ok();
    assert_eq!((&set["unique_id"], &set["previous"]), (&json!("Emp-1093"), &json!(previous)));
    assert_eq!(entries(&world, ada.id).await[0].action, "user.unique_id_changed");
    for taken in ["EMP-1093", "emp-1093", previous.as_str()] {
        let refused = grace.put(&path(bob.id), json!({ "unique_id": taken })).await;
        assert_eq!(refused.is(409, "ALREADY_EXISTS")["field"], "unique_id", "{taken}");
    }
    // The former one still finds the user, until it is released.
    for name in ["emp-1093", previous.as_str()] {
        let found = grace.get(&format!("/v1/users/unique_id:{name}")).await.ok();
        assert_eq!(found["id"], json!(ada.id), "{name}");
    }
    // The letter case alone can change, and a former one can be taken back.
    grace.put(&path(ada.id), json!({ "unique_id": "EMP-1093" })).await.ok();
    let same = grace.put(&path(ada.id), json!({ "unique_id": "EMP-1093" })).await.ok();
    assert_eq!(same["previous"], Value::Null);
    grace.put(&path(ada.id), json!({ "unique_id": previous })).await.ok();
    let body = json!({ "unique_id": "EMP-7", "release_old": true });
    grace.put(&path(ada.id), body).await.ok();
    grace.get(&format!("/v1/users/unique_id:{previous}")).await.is(404, "INVALID_USER_ID");
    grace.put(&path(bob.id), json!({ "unique_id": previous })).await.ok();
    grace.get("/v1/users/unique_id:emp-1093").await.ok();
}

#[tokio::test]
async fn a_generated_one_has_the_prefix_of_the_type() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    for (id, prefix) in [(ada.id, "LRN-"), (grace.id, "ADM-")] {
        let path = format!("{}/unique-id", of(id));
        let set = root.put(&path, json!({ "generate": true, "scheme": "default" })).await.ok();
        let unique_id = set["unique_id"].as_str().expect("a text");
        assert!(unique_id.starts_with(prefix) && unique_id.len() == 13, "{unique_id}");
        let found = root.get(&format!("/v1/users/unique_id:{unique_id}")).await.ok();
        assert_eq!(found["id"], json!(id));
    }
}

#[tokio::test]
async fn an_invalid_or_contradictory_request_is_named() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("{}/unique-id", of(ada.id));
    for (field, body) in [
        ("unique_id", json!({})),
        ("unique_id", json!({ "unique_id": "a" })),
        ("unique_id", json!({ "unique_id": "a b" })),
        ("generate", json!({ "unique_id": "EMP-1", "generate": true })),
        ("scheme", json!({ "unique_id": "EMP-1", "scheme": "default" })),
        ("scheme", json!({ "generate": true, "scheme": "other" })),
    ] {
        let refused = grace.put(&path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let stale = grace.with_header("if-match", "\"7\"");
    stale.put(&path, json!({ "unique_id": "EMP-1" })).await.is(412, "STALE_VERSION");
}

#[tokio::test]
async fn of_two_users_who_are_given_one_unique_id_at_once_one_has_it() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let give = async |id| {
        grace.put(&format!("{}/unique-id", of(id)), json!({ "unique_id": "EMP-1" })).await
    };
    let (one, other) = tokio::join!(give(ada.id), give(bob.id));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}
