//! The id of a user in another system: creation, change, lookup, and what becomes of it.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::support::{entries, of, world};

fn body(email: &str, external_id: &str) -> Value {
    json!({ "name": "Ada L", "email": email, "external_id": external_id })
}

#[tokio::test]
async fn an_external_id_is_given_shown_changed_and_removed() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let created = grace.post("/v1/users", body("ada@example.org", " Sis:7 ä ")).await.status(201);
    assert_eq!(created["external_id"], "Sis:7 ä");
    let id = created["id"].as_str().expect("an id");
    let path = format!("/v1/users/{id}");
    let found = grace.get("/v1/users/external_id:Sis:7%20%C3%A4").await.ok();
    assert_eq!((&found["id"], &found["external_id"]), (&created["id"], &json!("Sis:7 ä")));
    for other in ["sis:7%20%C3%A4", "Sis:7", ""] {
        let name = format!("/v1/users/external_id:{other}");
        grace.get(&name).await.is(404, "INVALID_USER_ID");
    }
    let same = grace.put(&path, json!({ "external_id": "Sis:7 ä" })).await.ok();
    assert_eq!((&same["changed"], &same["version"]), (&json!([]), &json!(1)));
    let changed = grace.put(&path, json!({ "external_id": "hr-2" })).await.ok();
    assert_eq!(changed["changed"], json!(["external_id"]));
    assert_eq!(changed["sessions_revoked"], 0);
    grace.get("/v1/users/external_id:Sis:7%20%C3%A4").await.is(404, "INVALID_USER_ID");
    grace.get("/v1/users/external_id:hr-2").await.ok();
    let log = entries(&world, id.parse().expect("an id")).await;
    assert_eq!(log[0].action, "user.updated");
    assert!(log[0].changes.contains_key("externalId"), "{:?}", log[0].changes);
    let cleared = grace.put(&path, json!({ "external_id": null })).await.ok();
    assert_eq!(cleared["external_id"], Value::Null);
    grace.get("/v1/users/external_id:hr-2").await.is(404, "INVALID_USER_ID");
    // Both are free now.
    for (email, external_id) in [("b@example.org", "hr-2"), ("c@example.org", "Sis:7 ä")] {
        grace.post("/v1/users", body(email, external_id)).await.status(201);
    }
}

#[tokio::test]
async fn an_external_id_belongs_to_one_user_and_its_case_counts() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    grace.post("/v1/users", body("ada@example.org", "Sis:77")).await.status(201);
    let refused = grace.post("/v1/users", body("b@example.org", "Sis:77")).await;
    assert_eq!(refused.is(409, "ALREADY_EXISTS")["field"], "external_id");
    let refused = grace.put(&of(bob.id), json!({ "external_id": "Sis:77" })).await;
    assert_eq!(refused.is(409, "ALREADY_EXISTS")["field"], "external_id");
    grace.put(&of(bob.id), json!({ "external_id": "SIS:77" })).await.ok();
    for external_id in ["", " ", "a\nb", "a\u{200b}b", &"x".repeat(201)] {
        for refused in [
            grace.post("/v1/users", body("c@example.org", external_id)).await,
            grace.put(&of(bob.id), json!({ "external_id": external_id })).await,
        ] {
            let refused = refused.is(422, "VALIDATION_FAILED");
            assert_eq!(refused["errors"][0]["field"], "external_id", "{external_id:?}");
        }
    }
    let both = json!({ "external_id": "x", "status": "inactive" });
    let refused = grace.put(&of(bob.id), both).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "external_id");
}

#[tokio::test]
async fn of_two_users_who_are_given_one_external_id_at_once_one_has_it() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let give = async |id| grace.put(&of(id), json!({ "external_id": "hr-1" })).await;
    let (one, other) = tokio::join!(give(ada.id), give(bob.id));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn an_external_id_is_reserved_while_the_account_waits_for_its_erasure() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let created = root.post("/v1/users", body("ada@example.org", "hr-1")).await.status(201);
    let id = created["id"].as_str().expect("an id");
    root.delete(&format!("/v1/users/{id}")).await.ok();
    let refused = root.post("/v1/users", body("b@example.org", "hr-1")).await;
    assert_eq!(refused.is(409, "CONTACT_RESERVED")["field"], "external_id");
}
