//! `POST /api/admin/users/{id}/export-job`, and the user's own `POST /api/users/me/export-request`.

use provost_archive::Identity;
use provost_domain::{BuiltInRole, export::OWN_EXPORT_EVERY};
use provost_store::exports;
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_is_generated_and_shown_once() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let reply = grace.post(&format!("/api/admin/users/{}/export-job", ada.id), json!({})).await;
    let asked = reply.status(202);
    let identity = Identity::parse(asked["identity"].as_str().unwrap()).unwrap();
    assert_eq!(asked["recipients"], json!([identity.recipient().to_string()]));
    assert_eq!(
        (asked["status"].as_str(), asked["userId"].as_str()),
        (Some("queued"), Some(ada.id.to_string().as_str()))
    );
    assert_eq!(reply.header("location"), job(asked["id"].as_str().unwrap()));
    let shown = grace.get(&job(asked["id"].as_str().unwrap())).await.status(200);
    assert!(shown.get("identity").is_none());
    let key = exports::key(id(asked["id"].as_str().unwrap()));
    assert!(!holds(&world, &world.app.store().names().operations, key, "AGE-SECRET").await);
    assert_eq!(actions(&world).await, ["export.created"]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_found_by_every_identifier() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let first = grace
        .post(&format!("/api/admin/users/email:{}/export-job", ada.email), json!({}))
        .await
        .status(202);
    assert_eq!(first["userId"], ada.id.to_string());
    grace
        .post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/export-job", json!({}))
        .await
        .is(404, "INVALID_USER_ID");
    grace.post("/api/admin/users/nobody/export-job", json!({})).await.is(404, "INVALID_USER_ID");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_request_returns_the_export_in_progress() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}/export-job", ada.id);
    let first = grace.post(&path, json!({})).await.status(202);
    let again = grace
        .post(&path, json!({ "recipients": [Identity::generate().recipient().to_string()] }))
        .await
        .status(202);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["recipients"], first["recipients"], "the job is unchanged");
    assert!(again.get("identity").is_none(), "the key was already shown");
    let own = ada.post("/api/users/me/export-request", json!({})).await.status(202);
    assert_eq!(own["id"], first["id"]);
    world.settle().await;
    let after = grace.post(&path, json!({})).await.status(202);
    assert_ne!(after["id"], first["id"]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_create_one_export() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}/export-job", ada.id);
    let replies =
        futures_util::future::join_all((0..20).map(|_| grace.post(&path, json!({})))).await;
    let mut ids = std::collections::BTreeSet::new();
    let mut identities = 0;
    for reply in replies {
        let body = reply.status(202);
        ids.insert(body["id"].as_str().unwrap().to_owned());
        identities += usize::from(body.get("identity").is_some());
    }
    assert_eq!((ids.len(), identities), (1, 1));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_request_returns_the_same_key() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}/export-job", ada.id);
    let grace = grace.with_header("idempotency-key", "0123456789");
    let first = grace.post(&path, json!({})).await.status(202);
    let replayed = grace.post(&path, json!({})).await;
    assert_eq!(
        replayed.status(202),
        first,
        "the key too, which is stored only under the caller's own idempotency key"
    );
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_without_permission_learns_and_changes_nothing() {
    let world = world().await;
    let (staff, ada) = (world.staff("sam", BuiltInRole::Staff).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}/export-job", ada.id);
    world.anyone().post(&path, json!({})).await.is(401, "UNAUTHENTICATED");
    ada.post(&path, json!({})).await.is(403, "ADMIN_REQUIRED");
    staff.post(&path, json!({})).await.is(403, "PERMISSION_DENIED");
    assert!(world.app.store().exports_of(ada.id).await.unwrap().is_empty());
    assert_eq!(
        audited(&world).await,
        [("access.refused".to_owned(), false)],
        "only the refusal of a staff member is audited"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_fields_are_rejected_by_name() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let good = Identity::generate().recipient().to_string();
    let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqZ";
    let cases = [
        (json!({ "recipients": [] }), "recipients"),
        (json!({ "recipients": ["age1nonsense"] }), "recipients[0]"),
        (json!({ "recipients": [good, ssh] }), "recipients[1]"),
        (json!({ "recipients": vec![good.clone(); 21] }), "recipients"),
        (json!({ "recipients": good }), "recipients"),
        (json!({ "categories": [] }), "categories"),
        (json!({ "categories": ["passwords"] }), "categories[0]"),
        (json!({ "identity": "mine" }), "identity"),
        (json!({ "reason": "x" }), "reason"),
    ];
    let secret = Identity::generate().reveal(str::to_owned);
    let path = format!("/api/admin/users/{}/export-job", ada.id);
    for (body, field) in cases {
        assert_eq!(
            code_of(&grace.post(&path, body.clone()).await.is(422, "VALIDATION_FAILED")),
            field,
            "{body}"
        );
    }
    let refused = grace.post(&path, json!({ "recipients": [secret] })).await;
    refused.is(422, "VALIDATION_FAILED");
    assert!(!refused.text().contains("AGE-SECRET"), "a secret key sent by mistake is not echoed");
    grace
        .ask(http::Method::POST, &path, "application/json", bytes::Bytes::from_static(b"{"))
        .await
        .is(400, "MALFORMED_BODY");
    grace
        .ask(http::Method::POST, &path, "text/plain", bytes::Bytes::from_static(b"{}"))
        .await
        .is(415, "UNSUPPORTED_MEDIA");
    grace.post(&format!("{path}?now=1"), json!({})).await.is(400, "UNKNOWN_PARAMETER");
    assert!(world.app.store().exports_of(ada.id).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_can_request_their_own_export_once_a_day() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    let asked = ada.post("/api/users/me/export-request", json!({})).await.status(202);
    assert!(asked["identity"].as_str().unwrap().starts_with("AGE-SECRET-KEY-1"));
    assert_eq!(asked["requestedBy"], "self");
    world.settle().await;
    let refused = ada.post("/api/users/me/export-request", json!({})).await;
    assert_eq!(refused.is(429, "RATE_LIMITED")["retryAfter"], OWN_EXPORT_EVERY / 1000);
    assert_eq!(refused.header("retry-after"), (OWN_EXPORT_EVERY / 1000).to_string());
    world.advance(OWN_EXPORT_EVERY - 1000);
    ada.renew().await;
    assert_eq!(
        ada.post("/api/users/me/export-request", json!({})).await.is(429, "RATE_LIMITED")["retryAfter"],
        1
    );
    world.advance(1000);
    ada.post("/api/users/me/export-request", json!({})).await.status(202);
    world.anyone().post("/api/users/me/export-request", json!({})).await.is(401, "UNAUTHENTICATED");
    ada.post("/api/users/me/export-request", json!({ "userId": "usr_x" }))
        .await
        .is(422, "VALIDATION_FAILED");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_sees_and_downloads_only_their_own_exports() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let own = ada.post("/api/users/me/export-request", json!({})).await.status(202)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let waiting = ada.get("/api/users/me/export-jobs").await.status(200);
    assert!(waiting["data"][0].get("downloadUrl").is_none(), "the archive is not ready yet");
    ada.get(&format!("/api/users/me/export-jobs/{own}/download")).await.is(409, "IN_PROGRESS");
    world.settle().await;
    let by_staff = finished(&world, &grace, &ada).await;
    let list = ada.get("/api/users/me/export-jobs").await.status(200);
    let rows: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["id"].as_str().unwrap(), row["requestedBy"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [(by_staff.as_str(), "staff"), (own.as_str(), "self")]);
    let path = list["data"][1]["downloadUrl"].as_str().unwrap();
    assert_eq!(ada.get(path).await.status.as_u16(), 303);
    bob.get(path).await.is(404, "NOT_FOUND");
    assert_eq!(bob.get("/api/users/me/export-jobs").await.status(200)["pagination"]["total"], 0);
    world.anyone().get(path).await.is(401, "UNAUTHENTICATED");
    assert_eq!(
        actions(&world).await.iter().filter(|action| *action == "export.downloaded").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_emailed_about_their_own_request_but_not_about_one_by_staff() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    finished(&world, &grace, &ada).await;
    assert_eq!(world.runner.queue_depth("mail").await.unwrap().total(), 0);
    bob.post("/api/users/me/export-request", json!({})).await.status(202);
    world.settle().await;
    assert_eq!(world.runner.queue_depth("mail").await.unwrap().total(), 1);
}
