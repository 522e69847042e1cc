//! `GET /v1/users/{user_id}/audit-logs`.

use provost_domain::{BuiltInRole, Permission};
use serde_json::json;

use crate::support::{of, with, world};

#[tokio::test]
async fn the_entries_about_one_user_are_listed_newest_first() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    for name in ["Augusta", "Byron"] {
        world.advance(1000);
        grace.put(&of(ada.id), json!({ "first_name": name, "reason": "asked" })).await.ok();
    }
    grace.put(&of(bob.id), json!({ "first_name": "Robert" })).await.ok();
    grace.delete(&format!("{}/sessions", of(ada.id))).await.ok();
    let path = format!("{}/audit-logs", of(ada.id));
    let list = grace.get(&path).await.ok();
    let actions: Vec<_> =
        list["data"].as_array().expect("entries").iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["sessions.ended", "user.updated", "user.updated"]);
    let newest = &list["data"][1];
    assert_eq!(newest["changes"]["firstName"], json!({ "before": "Augusta", "after": "Byron" }));
    assert_eq!(
        (&newest["actor"]["id"], &newest["reason"], &newest["target"]),
        (&json!(grace.id), &json!("asked"), &json!(ada.id))
    );
    assert!(newest["request_id"].is_string() && newest["ip"] == "127.0.0.1");
    let some = grace.get(&format!("{path}?action=user.updated&limit=1")).await.ok();
    assert_eq!(
        (&some["pagination"]["total"], some["data"].as_array().map(Vec::len)),
        (&json!(2), Some(1))
    );
    let cursor = some["pagination"]["next_cursor"].as_str().expect("more");
    let next = grace.get(&format!("{path}?action=user.updated&limit=1&cursor={cursor}")).await.ok();
    assert_eq!(next["data"][0]["changes"]["firstName"]["after"], "Augusta");
    assert_eq!(grace.get(&format!("{path}?success=false")).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn addresses_need_session_read_and_the_log_its_own_permission() {
    let world = world().await;
    let ada = world.person("ada").await;
    let path = format!("{}/audit-logs", of(ada.id));
    let sam = with(&world, "sam", &[]).await;
    let refused = sam.get(&path).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["audit.read"]));
    let auditor = with(&world, "auditor", &[Permission::AuditRead]).await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.delete(&format!("{}/sessions", of(ada.id))).await.ok();
    let entry = auditor.get(&path).await.ok()["data"][0].clone();
    assert_eq!((&entry["ip"], &entry["redacted"]), (&json!(null), &json!(["ip", "user_agent"])));
    auditor
        .get("/v1/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/audit-logs")
        .await
        .is(404, "INVALID_USER_ID");
    let contradiction = "?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z";
    let refused = auditor.get(&format!("{path}{contradiction}")).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "from");
    auditor.get(&format!("{path}?search=x")).await.is(400, "UNKNOWN_PARAMETER");
}
