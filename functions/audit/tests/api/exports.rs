//! Requesting an export of the audit log over HTTP.

use provost_archive::Identity;
use provost_domain::{BuiltInRole, ExportId};
use serde_json::json;

use crate::{LOGS, world};

const EXPORTS: &str = "/api/admin/audit/exports";

#[tokio::test]
async fn an_export_of_the_log_is_a_job_of_its_requester_and_an_entry() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let body = json!({
        "filter": { "action": "user.banned", "to": "2030-01-01" },
        "format": "csv", "reason": "yearly audit"
    });
    let reply = joan.post(EXPORTS, body).await;
    assert_eq!(reply.header("location"), "/api/users/me/export-jobs");
    let job = reply.status(202);
    assert_eq!(
        (&job["userId"], &job["status"], &job["categories"]),
        (&json!(joan.id), &json!("queued"), &json!(["auditLog"]))
    );
    assert!(job["identity"].as_str().expect("a key").starts_with("AGE-SECRET-KEY-"));
    let entry = joan.get(&format!("{LOGS}?action=audit.exported")).await.ok()["data"][0].clone();
    assert_eq!(
        (&entry["resource"]["id"], &entry["reason"], &entry["changes"]["format"]["after"]),
        (&job["id"], &json!("yearly audit"), &json!("csv"))
    );
    assert_eq!(
        entry["changes"]["filter"]["after"],
        json!({ "action": "user.banned", "to": world.app.now() }),
        "the export ends with the time of the request"
    );
    let id: ExportId = job["id"].as_str().expect("an id").parse().expect("an id");
    assert!(world.app.store().export(id).await.expect("readable").expect("it").selection.is_some());
    joan.post(EXPORTS, json!({})).await.is(409, "IN_PROGRESS");
}

#[tokio::test]
async fn only_staff_who_read_the_log_export_it_and_wrong_input_is_named() {
    let world = world().await;
    let (joan, sam, ada) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    world.anyone().post(EXPORTS, json!({})).await.is(401, "UNAUTHENTICATED");
    ada.post(EXPORTS, json!({})).await.is(403, "ADMIN_REQUIRED");
    sam.post(EXPORTS, json!({})).await.is(403, "PERMISSION_DENIED");
    let key = Identity::generate().recipient().to_string();
    for (body, field) in [
        (json!({ "recipients": [] }), "recipients"),
        (json!({ "recipients": [key, "age1x"] }), "recipients[1]"),
        (json!({ "filter": { "page": 2 } }), "filter.page"),
        (json!({ "filter": { "from": "2026-02-01", "to": "2026-01-01" } }), "from"),
        (json!({ "filter": { "target": "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV" } }), "filter"),
        (json!({ "format": "json" }), "format"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let refused = joan.post(EXPORTS, body).await;
        assert_eq!(refused.status(422)["errors"][0]["field"], field);
    }
    joan.post(EXPORTS, json!({ "recipients": [key] })).await.status(202);
}
