//! Share links as staff create, list and revoke them.

use provost_domain::{BuiltInRole, Timestamp, export::ARCHIVE_LIFE, time::HOUR};
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_link_is_shown_once_and_its_token_is_not_stored() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = finished(&world, &grace, &ada).await;
    let path = job(&format!("{id}/share-link"));
    let reply = grace.post(&path, json!({ "note": "For the lawyer" })).await;
    let link = reply.status(201);
    let token =
        link["url"].as_str().unwrap().strip_prefix("https://provost.example/share/").unwrap();
    assert_eq!(token.len(), 43, "256 bits");
    assert_eq!((link["maxDownloads"].as_u64(), link["remaining"].as_u64()), (Some(1), Some(1)));
    assert_eq!(
        link["expiresAt"].as_str().unwrap().parse::<Timestamp>().unwrap(),
        world.app.now().plus(24 * HOUR)
    );
    let list = grace.get(&job(&format!("{id}/share-links"))).await;
    let row = list.status(200)["data"][0].clone();
    assert_eq!(
        (row["status"].as_str(), row["note"].as_str(), row["trail"].as_array().map(Vec::len)),
        (Some("open"), Some("For the lawyer"), Some(0))
    );
    assert!(!list.text().contains(token) && !list.text().contains("passwordHash"));
    let dynamo = world.emulators.dynamodb();
    for table in &world.infrastructure().tables {
        let all = dynamo.scan().table_name(world.emulators.name(&table.name)).send().await.unwrap();
        assert!(!format!("{:?}", all.items()).contains(token), "{} holds the token", table.name);
    }
    assert_eq!(actions(&world).await.last().map(String::as_str), Some("share_link.created"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_link_never_outlives_its_archive() {
    let world = world().await;
    let (mut grace, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = finished(&world, &grace, &ada).await;
    let end = world.app.now().plus(ARCHIVE_LIFE);
    let path = job(&format!("{id}/share-link"));
    let link =
        grace.post(&path, json!({ "expiresInHours": 720, "maxDownloads": 100 })).await.status(201);
    assert_eq!(link["expiresAt"].as_str().unwrap().parse::<Timestamp>().unwrap(), end);
    world.advance(ARCHIVE_LIFE);
    grace.renew().await;
    grace.post(&path, json!({})).await.is(409, "INVALID_ACTION");
    assert_eq!(
        grace.get(&job(&format!("{id}/share-links"))).await.status(200)["data"][0]["status"],
        "expired"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_fields_are_rejected_by_name() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = asked(&grace, &ada).await;
    let path = job(&format!("{id}/share-link"));
    grace.post(&path, json!({})).await.is(409, "IN_PROGRESS");
    world.settle().await;
    let cases = [
        (json!({ "expiresInHours": 0 }), "expiresInHours"),
        (json!({ "expiresInHours": 721 }), "expiresInHours"),
        (json!({ "expiresInHours": -1 }), "expiresInHours"),
        (json!({ "expiresInHours": "24" }), "expiresInHours"),
        (json!({ "maxDownloads": 0 }), "maxDownloads"),
        (json!({ "maxDownloads": 101 }), "maxDownloads"),
        (json!({ "maxDownloads": 1.5 }), "maxDownloads"),
        (json!({ "password": "short" }), "password"),
        (json!({ "password": "x".repeat(129) }), "password"),
        (json!({ "note": "" }), "note"),
        (json!({ "note": "a\u{202e}b" }), "note"),
        (json!({ "token": "mine" }), "token"),
    ];
    for (body, field) in cases {
        assert_eq!(
            code_of(&grace.post(&path, body.clone()).await.is(422, "VALIDATION_FAILED")),
            field,
            "{body}"
        );
    }
    assert_eq!(
        grace.get(&job(&format!("{id}/share-links"))).await.status(200)["pagination"]["total"],
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_link_is_revoked_once() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = finished(&world, &grace, &ada).await;
    let link = grace.post(&job(&format!("{id}/share-link")), json!({})).await.status(201);
    let path = job(&format!("{id}/share-links/{}", link["id"].as_str().unwrap()));
    grace.delete_with(&path, json!({ "reason": "Sent to the wrong address" })).await.status(204);
    grace.delete(&path).await.is(409, "INVALID_ACTION");
    let row = grace.get(&job(&format!("{id}/share-links"))).await.status(200)["data"][0].clone();
    assert_eq!(row["status"], "revoked");
    assert_eq!(
        actions(&world).await.iter().filter(|action| *action == "share_link.revoked").count(),
        1
    );
    grace
        .delete(&job(&format!("{id}/share-links/lnk_01ARZ3NDEKTSV4RRFFQ69G5FAV")))
        .await
        .is(404, "NOT_FOUND");
    grace.delete(&job(&format!("{id}/share-links/x"))).await.is(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sharing_requires_the_permission() {
    let world = world().await;
    let (sam, grace, ada) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let id = finished(&world, &grace, &ada).await;
    let link = grace.post(&job(&format!("{id}/share-link")), json!({})).await.status(201);
    let one = job(&format!("{id}/share-links/{}", link["id"].as_str().unwrap()));
    let path = job(&format!("{id}/share-link"));
    world.anyone().post(&path, json!({})).await.is(401, "UNAUTHENTICATED");
    ada.post(&path, json!({})).await.is(403, "ADMIN_REQUIRED");
    sam.post(&path, json!({})).await.is(403, "PERMISSION_DENIED");
    world.anyone().delete(&one).await.is(401, "UNAUTHENTICATED");
    ada.delete(&one).await.is(403, "ADMIN_REQUIRED");
    sam.delete(&one).await.is(403, "PERMISSION_DENIED");
    assert_eq!(
        sam.get(&job(&format!("{id}/share-links"))).await.status(200)["data"][0]["status"],
        "open"
    );
    grace
        .post(&job("exp_01ARZ3NDEKTSV4RRFFQ69G5FAV/share-link"), json!({}))
        .await
        .is(404, "NOT_FOUND");
}
