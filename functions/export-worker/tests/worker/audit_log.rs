//! Exports of the audit log of the platform: more entries than fit in a file of the list, as their
//! requester may see them, whole wherever the worker is killed.

use provost_archive::Identity;
use provost_domain::{
    AuditId, BuiltInRole, ExportId, Permission, UserId,
    audit::{Actor, Changes, Entry, Origin, REPORT_FILED, Resource, Subject},
    export::{ExportStatus, ListFormat},
    time::MINUTE,
};
use provost_operations::{
    Op,
    audit::{NewLogExport, export_log},
};
use provost_store::audit_log::AuditFilter;
use provost_testkit::{KillPoint, World};
use serde_json::{Value, json};

use crate::support::{deliver, event, job, lines, members, open_uploads, world};

/// An entry of an unauthenticated caller, with an address.
fn entry(world: &World, number: usize) -> Entry {
    Entry {
        id: world.app.id(AuditId::new),
        at: world.app.now(),
        actor: Actor::Anonymous,
        action: "test.done",
        resource: Resource::Other { kind: "test", id: number.to_string() },
        success: true,
        reason: Some(format!("=number {number}")),
        changes: Changes::new(),
        origin: Origin {
            ip: Some("192.0.2.7".to_owned()),
            user_agent: None,
            request_id: world.app.request_id(),
            route: "test".to_owned(),
            api_key: false,
        },
    }
}

/// Writes entries, a millisecond apart.
async fn write(world: &World, count: usize) {
    for begin in (0..count).step_by(90) {
        let mut tx = world.app.transaction();
        for number in begin..count.min(begin + 90) {
            tx.audit(entry(world, number)).expect("an entry");
            world.advance(1);
        }
        tx.commit().await.expect("the entries are written");
    }
}

async fn request(
    world: &World,
    user: UserId,
    filter: AuditFilter,
    format: ListFormat,
) -> (ExportId, Identity) {
    let (identity, user) = (Identity::generate(), world.user(user).await.expect("the user"));
    let op = Op::system(&world.app, "test", world.app.request_id());
    let recipients = vec![identity.recipient().to_string()];
    let change = export_log(&op, &user, NewLogExport { filter, format, recipients });
    let job = change.expect("a change").commit().await.expect("it is requested");
    (job.id, identity)
}

fn of_test() -> AuditFilter {
    AuditFilter { action: Some("test.done".to_owned()), ..AuditFilter::default() }
}

#[tokio::test]
async fn every_entry_until_the_request_is_exported_newest_first() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    write(&world, 2_300).await;
    let (id, identity) = request(&world, root.id, of_test(), ListFormat::Ndjson).await;
    world.advance(1);
    write(&world, 5).await;
    world.settle().await;
    let members = members(&world, id, &identity).await;
    let entries = lines(&members["audit-log.ndjson"]);
    let numbers: Vec<_> =
        entries.iter().map(|entry| entry["resource"]["id"].as_str().expect("an id")).collect();
    let expected: Vec<_> = (0..2_300).rev().map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(entries[0]["ip"], "192.0.2.7");
    assert!(!members.contains_key("profile.json"), "{:?}", members.keys());

    let search = AuditFilter { search: Some("NUMBER 77".to_owned()), ..AuditFilter::default() };
    let (id, identity) = request(&world, root.id, search, ListFormat::Csv).await;
    world.settle().await;
    let csv = crate::support::members(&world, id, &identity).await["audit-log.csv"].clone();
    // 77 and 770 to 779, in the first batch only, as the second has five entries.
    assert_eq!(csv.lines().count(), 1 + 11, "{csv}");
    assert!(csv.starts_with("id,at,action,") && csv.contains("'=number 779"), "{csv}");
}

#[tokio::test]
async fn an_export_hides_what_its_requester_may_not_see() {
    let world = world().await;
    let auditor = world.staff("alan", BuiltInRole::Staff).await;
    world.edit(auditor.id, |user| user.grants.extend([Permission::AuditRead])).await;
    let subject = |user: provost_domain::User| -> Subject { user.subject() };
    let ada = world.person("ada").await;
    let reporter = subject(world.user(ada.id).await.expect("ada"));
    let reported = subject(world.user(auditor.id).await.expect("alan"));
    let report = Entry {
        actor: Actor::User(reporter),
        action: REPORT_FILED,
        resource: Resource::User(reported),
        ..entry(&world, 0)
    };
    world.app.store().audit(report).await.expect("written");
    write(&world, 2).await;
    let (id, identity) =
        request(&world, auditor.id, AuditFilter::default(), ListFormat::Ndjson).await;
    world.settle().await;
    let text = members(&world, id, &identity).await["audit-log.ndjson"].clone();
    assert!(!text.contains("192.0.2.7") && !text.contains(&ada.id.to_string()), "{text}");
    let report =
        lines(&text).into_iter().find(|entry| entry["action"] == REPORT_FILED).expect("the report");
    assert_eq!(
        (&report["actorName"], &report["actor"]["id"]),
        (&json!("another user"), &Value::Null)
    );
    // A filter by the reporter would show who it was.
    let by_reporter = AuditFilter {
        actor: Some(world.user(ada.id).await.expect("ada").pseudonym.to_string()),
        ..AuditFilter::default()
    };
    let (id, identity) = request(&world, auditor.id, by_reporter, ListFormat::Ndjson).await;
    world.settle().await;
    assert_eq!(members(&world, id, &identity).await["audit-log.ndjson"], "");
}

#[tokio::test]
async fn who_may_not_read_the_log_any_more_gets_none_of_it() {
    let world = world().await;
    let auditor = world.staff("alan", BuiltInRole::Staff).await;
    world.edit(auditor.id, |user| user.grants.extend([Permission::AuditRead])).await;
    write(&world, 2).await;
    let (id, identity) =
        request(&world, auditor.id, AuditFilter::default(), ListFormat::Ndjson).await;
    world.edit(auditor.id, |user| user.grants.clear()).await;
    world.settle().await;
    let members = members(&world, id, &identity).await;
    assert!(!members.contains_key("audit-log.ndjson"), "{:?}", members.keys());
    assert!(members["manifest.json"].contains("may not read the audit log any more"));
}

#[tokio::test]
async fn the_filter_is_stored_encrypted() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let search = AuditFilter { search: Some("Lovelace".to_owned()), ..AuditFilter::default() };
    let (id, _) = request(&world, root.id, search, ListFormat::Csv).await;
    let stored = serde_json::to_string(&job(&world, id).await).expect("JSON");
    assert!(!stored.contains("Lovelace"), "{stored}");
    world.settle().await;
}

#[tokio::test]
async fn an_export_killed_at_any_call_ends_complete() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    write(&world, 30).await;
    let (id, _) = request(&world, root.id, of_test(), ListFormat::Ndjson).await;
    world.interceptor.reset();
    assert!(!deliver(&world, id).await);
    let calls = world.interceptor.calls();
    assert!(calls > 8, "{:?}", world.interceptor.log());
    for point in (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]) {
        world.advance(MINUTE);
        let (id, identity) = request(&world, root.id, of_test(), ListFormat::Ndjson).await;
        let run = fn_export_worker::handle(
            world.app.clone(),
            event(&[id]),
            provost_jobs::Deadline::within(crate::support::AMPLE),
        );
        world.interceptor.kill_at(point);
        let survived = world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        assert!(survived.is_none(), "{point:?} was reached");
        for _ in 0..3 {
            if !deliver(&world, id).await {
                break;
            }
        }
        assert_eq!(job(&world, id).await.status, ExportStatus::Completed, "{point:?}");
        let members = members(&world, id, &identity).await;
        assert_eq!(lines(&members["audit-log.ndjson"]).len(), 30, "{point:?}");
    }
    let later = world.app.now().plus(provost_domain::time::DAY * 3);
    world.app.store().abort_orphaned_uploads(later).await.expect("the bucket responds");
    assert_eq!(open_uploads(&world).await, 0);
    world.settle().await;
}
