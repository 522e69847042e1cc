//! Invalid input is rejected and changes nothing.

use serde_json::json;

use crate::common::{found, roles, world};

#[tokio::test]
async fn invalid_input_is_rejected_by_name() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (body, field) in [
        (json!({"handle": "apex"}), "name"),
        (json!({"name": "Apex"}), "handle"),
        (json!({"name": " ", "handle": "apex"}), "name"),
        (json!({"name": "Apex", "handle": "Apex"}), "handle"),
        (json!({"name": "Apex", "handle": "-apex"}), "handle"),
        (json!({"name": "Apex\u{202e}", "handle": "apex"}), "name"),
        (json!({"name": "Apex", "handle": "apex", "ownerId": ada.id}), "ownerId"),
        (json!({"name": "x".repeat(101), "handle": "apex"}), "name"),
        (json!({"name": "Apex", "handle": 7}), "handle"),
    ] {
        let refused =
            ada.post("/api/organisations", body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
    }
    let org = found(&ada, "apex").await;
    assert_eq!(
        ada.post("/api/organisations", json!({"name": "Other", "handle": "apex"}))
            .await
            .is(409, "ALREADY_EXISTS")["field"],
        "handle"
    );
    for body in [
        json!({"email": "no address"}),
        json!({}),
        json!({"email": "bob@example.org", "role": "owner"}),
        json!({"email": "bob@example.org", "role": "king"}),
    ] {
        ada.post(&format!("{org}/invite"), body).await.is(422, "VALIDATION_FAILED");
    }
    ada.post(&format!("{org}/invite"), json!({"email": ada.email})).await.is(409, "ALREADY_EXISTS");
    ada.post(&format!("{org}/users/{}/role", ada.id), json!({"role": "king"}))
        .await
        .is(422, "VALIDATION_FAILED");
    ada.post(&format!("{org}/users/no-such-thing/role"), json!({"role": "admin"}))
        .await
        .is(404, "NOT_FOUND");
    ada.get(&format!("{org}/users?page=0")).await.is(422, "VALIDATION_FAILED");
    ada.get(&format!("{org}/activity?actor=ada")).await.is(400, "UNKNOWN_PARAMETER");
    ada.with_header("if-match", "\"7\"")
        .put(&org, json!({"name": "Other"}))
        .await
        .is(412, "STALE_VERSION");
    ada.post("/api/organisations/invites/inv_01ARZ3NDEKTSV4RRFFQ69G5FAV/accept", json!({}))
        .await
        .is(404, "NOT_FOUND");
    assert_eq!(
        (roles(&ada, &org).await.len(), &ada.get(&org).await.ok()["name"]),
        (1, &json!("Apex Gaming"))
    );
}

#[tokio::test]
async fn a_replayed_request_gets_the_same_response() {
    let world = world().await;
    let ada = world.person("ada").await.with_header("idempotency-key", "one-organisation");
    let body = json!({"name": "Apex", "handle": "apex"});
    let first = ada.post("/api/organisations", body.clone()).await.status(201);
    assert_eq!(ada.post("/api/organisations", body).await.status(201), first);
    assert_eq!(ada.get("/api/organisations").await.ok()["pagination"]["total"], 1);
}
