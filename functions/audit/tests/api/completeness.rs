//! One entry for each change and each denied request, none for anything else.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::{LOGS, world};

#[tokio::test]
async fn every_change_and_every_denied_request_has_exactly_one_entry() {
    let world = world().await;
    let (joan, sam, ada) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let base = format!("/api/admin/users/{}", ada.id);
    let session = ada.session.expect("a session");
    let ban = json!({"type": "permanent", "reason": "spam"});
    let mut replies = Vec::new();
    for who in [&joan, &sam] {
        replies.push(who.get(&format!("{base}/notes")).await);
        replies.push(who.get(&base).await);
        replies.push(who.get(&format!("{base}/sessions")).await);
        replies.push(who.get(&format!("{base}/login-history")).await);
        replies.push(
            who.post(
                &format!("{base}/sessions/{session}/revoke"),
                json!({"reason": "lost laptop"}),
            )
            .await,
        );
        replies
            .push(who.post(&format!("{base}/reset-password"), json!({"reason": "phished"})).await);
        replies.push(who.post(&format!("{base}/ban"), ban.clone()).await);
        replies.push(who.post(&format!("{base}/ban"), ban.clone()).await);
        replies.push(who.post(&format!("{base}/ban"), json!({})).await);
        replies.push(who.delete(&format!("{base}/ban")).await);
        replies.push(who.delete(&format!("{base}/ban")).await);
        replies.push(
            who.patch(&format!("{base}/role"), json!({"role": "admin", "reason": "hired"})).await,
        );
        replies.push(
            who.patch(&format!("{base}/role"), json!({"role": "user", "reason": "left"})).await,
        );
        replies.push(
            who.post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/ban", ban.clone()).await,
        );
    }
    let changed = replies
        .iter()
        .filter(|reply| !reply.asked.starts_with("GET") && reply.status.is_success())
        .count();
    let refused = replies.iter().filter(|reply| reply.status.as_u16() == 403).count();
    assert_eq!((changed, refused), (6, 2 + 2 + 8));

    let done = joan.get(&format!("{LOGS}?success=true")).await.ok();
    assert_eq!(done["pagination"]["total"], changed);
    for entry in done["data"].as_array().expect("rows") {
        assert_eq!(
            (&entry["actor"], &entry["target"]),
            (&json!({"type": "user", "id": joan.id}), &json!(ada.id))
        );
        assert_eq!((&entry["ip"], &entry["userAgent"]), (&"127.0.0.1".into(), &"testkit".into()));
        assert!(entry["requestId"].as_str().is_some_and(|id| id.starts_with("req_")), "{entry}");
        assert!(
            entry["action"] == "user.unbanned" || entry["reason"].is_string(),
            "a given reason is stored: {entry}"
        );
    }
    let denied = joan.get(&format!("{LOGS}?success=false")).await.ok();
    // Repeated denials within a minute are counted into the next entry.
    let kinds = replies.iter().filter(|reply| reply.status.as_u16() == 403).map(|reply| {
        let (method, path) = reply.asked.split_once(' ').expect("method and path");
        (
            method.to_owned(),
            path.rsplit('/').next().expect("a last segment").to_owned(),
            reply.code(),
        )
    });
    let kinds = kinds.collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!((denied["pagination"]["total"].clone(), kinds), (json!(kinds), 7));
    for entry in denied["data"].as_array().expect("rows") {
        assert_eq!(
            (&entry["action"], &entry["actor"]["id"], &entry["resource"]["type"], &entry["target"]),
            (&"access.refused".into(), &json!(sam.id), &"route".into(), &Value::Null)
        );
        assert!(
            entry["reason"]
                .as_str()
                .is_some_and(|code| code == "PERMISSION_DENIED" || code == "SUPERADMIN_REQUIRED"),
            "{entry}"
        );
        assert!(
            !entry["route"].as_str().unwrap_or_default().contains("usr_"),
            "a route is a template, not a path: {entry}"
        );
    }
    assert_eq!(joan.get(LOGS).await.ok()["pagination"]["total"], changed + kinds);
}

#[tokio::test]
async fn a_repeated_request_with_an_idempotency_key_is_logged_once() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let once = joan.with_header("idempotency-key", "ban-of-ada-1");
    for _ in 0..3 {
        once.post(
            &format!("/api/admin/users/{}/ban", ada.id),
            json!({"type": "permanent", "reason": "spam"}),
        )
        .await
        .ok();
    }
    assert_eq!(joan.get(LOGS).await.ok()["pagination"]["total"], 1);
}
