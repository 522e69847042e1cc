//! Access to the log, and invalid queries.

use provost_domain::{
    AuditId, BuiltInRole, Permission, RequestId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    time::DAY,
};
use serde_json::json;

use crate::{LOGS, world};

#[tokio::test]
async fn both_paths_of_the_log_require_the_permission() {
    let world = world().await;
    let (grace, sam, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    for path in [LOGS, "/api/admin/audit-logs"] {
        world.anyone().get(path).await.is(401, "UNAUTHENTICATED");
        ada.get(path).await.is(403, "ADMIN_REQUIRED");
        assert_eq!(
            sam.get(path).await.is(403, "PERMISSION_DENIED")["missing"],
            json!(["audit.read"])
        );
        grace.get(path).await.ok();
    }
    world
        .edit(sam.id, |sam| {
            sam.grants.insert(Permission::AuditRead);
        })
        .await;
    sam.get(LOGS).await.ok();
    grace.post(LOGS, json!({})).await.is(405, "METHOD_NOT_ALLOWED");
    grace.get("/api/admin/audit/nothing").await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn an_invalid_filter_is_an_error() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for (query, field) in [
        ("from=2026-11-20T00:00:01Z&to=2026-11-20T00:00:00Z", "from"),
        ("from=2026-11-21&to=2026-11-20", "from"),
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("success=maybe", "success"),
        ("action=", "action"),
        ("search=%07", "search"),
        ("admin=%20", "admin"),
        ("page=0", "page"),
        ("limit=1000", "limit"),
        ("cursor=AAAA", "cursor"),
    ] {
        assert_eq!(
            grace.get(&format!("{LOGS}?{query}")).await.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
            field,
            "{query}"
        );
    }
    assert_eq!(
        grace.get(&format!("{LOGS}?resourcetype=user")).await.is(400, "UNKNOWN_PARAMETER")["suggestion"],
        "resourceType"
    );
    grace.get(&format!("{LOGS}?search={}", "a".repeat(101))).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_cursor_is_valid_only_for_its_own_caller_path_and_query() {
    let world = world().await;
    let (grace, joan) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("joan", BuiltInRole::RootAdmin).await,
    );
    for name in ["sam", "tom", "una"] {
        world.staff(name, BuiltInRole::Staff).await.get(LOGS).await.is(403, "PERMISSION_DENIED");
    }
    let page = grace.get(&format!("{LOGS}?limit=1&action=access.refused")).await.ok();
    let cursor = page["pagination"]["nextCursor"].as_str().expect("there are more entries");
    grace.get(&format!("{LOGS}?limit=2&action=access.refused&cursor={cursor}")).await.ok();
    joan.get(&format!("{LOGS}?limit=1&action=access.refused&cursor={cursor}"))
        .await
        .is(422, "VALIDATION_FAILED");
    grace.get(&format!("{LOGS}?limit=1&cursor={cursor}")).await.is(422, "VALIDATION_FAILED");
    grace
        .get(&format!("/api/admin/audit-logs?limit=1&action=access.refused&cursor={cursor}"))
        .await
        .is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_past_month_is_counted_only_once() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, sam) = (world.person("ada").await, world.staff("sam", BuiltInRole::Staff).await);
    let mut total = 0;
    for month in 0..3 {
        sam.get(LOGS).await.status([403, 401, 401][month]);
        grace.post(&format!("/api/admin/users/{}/reset-password", ada.id), json!({})).await.ok();
        total += 1 + usize::from(month == 0);
        assert_eq!(grace.get(LOGS).await.ok()["pagination"]["total"], total, "the month {month}");
        world.advance(31 * DAY);
        world
            .edit(grace.id, |grace| {
                for session in grace.sessions.values_mut() {
                    session.expires_at = session.expires_at.plus(31 * DAY);
                }
            })
            .await;
        grace.renew().await;
    }
    // One more month, without entries: one read returns the totals of all past months, and only the
    // current month is counted.
    assert_eq!(grace.get(&format!("{LOGS}?limit=2")).await.ok()["pagination"]["total"], total);
    world.interceptor.reset();
    let page = grace.get(&format!("{LOGS}?limit=2&page=2")).await.ok();
    assert_eq!(
        (&page["pagination"]["total"], page["data"].as_array().map(Vec::len)),
        (&json!(total), Some(2))
    );
    assert_eq!(
        world.interceptor.spent().requests(),
        1 + 1 + 1 + 1 + 1,
        "access check, totals, current month, month of the page, users on it: {:?}",
        world.interceptor.log()
    );
}

#[tokio::test]
async fn a_page_needs_a_fixed_number_of_requests() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = world.person("ada").await;
    grace
        .post(
            &format!("/api/admin/users/{}/ban", ada.id),
            json!({"type": "permanent", "reason": "spam"}),
        )
        .await
        .ok();
    grace.get(LOGS).await.ok();
    for (query, requests) in [
        ("", 5),
        ("?from=2026-11-01", 5),
        // Access check, totals, current month, users on the page: months known to be empty are not
        // queried.
        ("?from=2026-11-01&success=true", 4),
        ("?success=true", 4),
        ("?admin=cli", 3),
        ("?target=psn_01ARZ3NDEKTSV4RRFFQ69G5FAV", 2),
        (&format!("?admin={}", grace.id), 4),
        (&format!("?target={}", ada.id), 4),
    ] {
        world.interceptor.reset();
        grace.get(&format!("{LOGS}{query}")).await.ok();
        assert_eq!(
            world.interceptor.spent().requests(),
            requests,
            "{query}: {:?}",
            world.interceptor.log()
        );
    }
}

#[tokio::test]
async fn a_reported_member_of_staff_does_not_see_who_reported_them() {
    let world = world().await;
    let (grace, heidi, ada) = (
        world.staff("grace", BuiltInRole::RootAdmin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let subject = async |id| world.user(id).await.expect("the account exists").subject();
    let entry = Entry {
        id: world.app.id(AuditId::new),
        at: world.app.now(),
        actor: Actor::User(subject(ada.id).await),
        action: "report.filed",
        resource: Resource::Owned {
            kind: "report",
            id: "rpt_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            owner: subject(grace.id).await,
        },
        success: true,
        reason: None,
        changes: Changes::new(),
        origin: Origin {
            ip: Some("192.0.2.77".to_owned()),
            user_agent: None,
            request_id: world.app.id(RequestId::new),
            route: "/api/reports".to_owned(),
            api_key: false,
        },
    };
    world.app.store().audit(entry).await.expect("the table responds");
    let filed = format!("{LOGS}?action=report.filed");
    let seen = heidi.get(&filed).await.ok()["data"][0].clone();
    assert_eq!((&seen["actor"]["id"], &seen["ip"]), (&json!(ada.id), &json!("192.0.2.77")));
    let hidden = grace.get(&filed).await.ok()["data"][0].clone();
    assert_eq!(
        (&hidden["actor"]["id"], &hidden["actorName"]),
        (&json!(null), &json!("another user"))
    );
    assert!(hidden["redacted"].as_array().expect("a list").contains(&json!("actor")));
    for query in [String::new(), "&format=csv".to_owned(), "&format=ndjson".to_owned()] {
        let text = grace.get(&format!("{filed}{query}")).await.text();
        assert!(text.contains("report.filed") && !text.contains(&ada.id.to_string()), "{text}");
        assert!(!text.contains("192.0.2.77"), "{text}");
    }
    for query in [format!("admin={}", ada.id), format!("search={}", ada.id)] {
        let found = grace.get(&format!("{filed}&{query}")).await.ok();
        assert_eq!(found["data"], json!([]), "{query} does not tell the reporter");
        assert_eq!(heidi.get(&format!("{filed}&{query}")).await.ok()["data"][0]["id"], seen["id"]);
    }
}
