//! The scheduler: each due item is processed once, however often, late or concurrently the schedule
//! fires.

#![allow(
    clippy::disallowed_methods,
    reason = "the search for what is left looks into every table, which no function may"
)]

#[path = "runs/audit_tree.rs"]
mod audit_tree;
#[path = "runs/retention.rs"]
mod retention;

use std::time::Duration;

use bytes::Bytes;
use fn_scheduler::{LEASE_LIFE, RunReport, handle};
use futures_util::future::join_all;
use provost_domain::{
    DeletionId, ExportId, FraudScanId, MessageId, Pseudonym, Status, UserId,
    deletion::{DeletionRequest, DeletionState, Hold, NewDeletion},
    export::{Category, ExportJob, ExportStatus, Progress, STALLED_AFTER, object_key},
    fraud,
    mail::Template,
    message::Message,
    time::{DAY, HOUR, MINUTE},
    user::{PendingDeletion, Suspension, SuspensionKind},
};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_store::{
    Conflict, deletions::STALLED_AFTER as SILENT, full_scans::Slot, outbox::OVERDUE,
};
use provost_testkit::{KillPoint, Roles, World};
use serde_json::json;

async fn mounted() -> World {
    World::of(|app| {
        vec![
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("scheduler", app, handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        ]
    })
    .await
}

/// A world without the workers, in which sent messages stay on their queues.
async fn bare() -> World {
    World::of(|app| vec![Function::worker_over("outbox", app, fn_outbox::handle)]).await
}

async fn tick(world: &World, job: &str) -> RunReport {
    let before = world.interceptor.spent().rights;
    let report = handle(
        world.app.clone(),
        json!({ "job": job }),
        Deadline::within(Duration::from_secs(240)),
    )
    .await;
    Roles::read().demand("scheduler", world.interceptor.spent().rights.difference(&before));
    report.expect("all jobs succeed")
}

async fn due_in(world: &World, grace: i64) -> DeletionId {
    let now = world.app.now();
    let someone = world.person(&format!("P{}", world.app.id(MessageId::new).ulid())).await;
    let record = world.user(someone.id).await.expect("the account exists");
    let new = NewDeletion {
        id: world.app.id(DeletionId::new),
        user: someone.id,
        pseudonym: record.pseudonym,
        requested_by: "self".to_owned(),
        reason: None,
        due_at: now.plus(grace),
        blocked: None,
    };
    let request = DeletionRequest::new(new, now);
    let deleted = record
        .delete(
            PendingDeletion {
                id: request.id,
                due_at: request.due_at,
                before: Status::Active,
                executing: false,
            },
            None,
            now,
        )
        .expect("the account is active");
    let mut tx = world.app.transaction();
    tx.save_user(&deleted).expect("a user");
    tx.create_deletion(&request, now).expect("a request");
    tx.commit().await.expect("no concurrent write");
    request.id
}

async fn deletion_request(world: &World, id: DeletionId) -> DeletionRequest {
    world.app.store().deletion(id).await.expect("the table responds").expect("the request is kept")
}

async fn sent(world: &World, queue: &str) -> usize {
    world.settle().await;
    world.runner.queue_depth(queue).await.expect("the queue responds").total()
}

#[tokio::test]
async fn a_deletion_is_executed_when_it_is_due_and_not_before() {
    let world = mounted().await;
    let id = due_in(&world, 14 * DAY).await;
    world.advance(14 * DAY - 1);
    assert_eq!(tick(&world, "due").await, RunReport { alone: true, ..RunReport::default() });
    world.advance(1);
    assert_eq!(tick(&world, "due").await.deletions, 1);
    world.settle().await;
    assert_eq!(deletion_request(&world, id).await.state, DeletionState::Erased);
}

#[tokio::test]
async fn the_schedules_of_the_template_invoke_it() {
    let world = mounted().await;
    let id = due_in(&world, 0).await;
    world.runner.fire("Due", None).await.expect("the schedule is known").expect("the run succeeds");
    world.settle().await;
    assert_eq!(deletion_request(&world, id).await.state, DeletionState::Erased);
    world
        .runner
        .fire("Retention", None)
        .await
        .expect("the schedule is known")
        .expect("the run succeeds");
}

#[tokio::test]
async fn duplicate_late_or_missed_ticks_send_each_deletion_once() {
    for ticks in [[1, 1, 1], [2, 0, 1], [0, 3, 0], [0, 0, 2]] {
        let world = bare().await;
        for hours in [0, 1, 2] {
            due_in(&world, hours * HOUR).await;
        }
        let mut report = 0;
        for times in ticks {
            for _ in 0..times {
                report += tick(&world, "due").await.deletions;
            }
            world.settle().await;
            world.advance(5 * MINUTE);
        }
        // One day later all are due, and the first, if it was sent before, has been silent for
        // longer than a run can take.
        let first = report;
        assert_eq!(first, 1, "{ticks:?}: only the first is due");
        world.advance(DAY);
        for _ in 0..3 {
            report += tick(&world, "due").await.deletions;
        }
        assert_eq!(
            report - first,
            3,
            "{ticks:?}: the other two, and the first again, since no worker processed it"
        );
        assert_eq!(sent(&world, "deletion").await, 4, "{ticks:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_runs_process_nothing_twice() {
    let world = bare().await;
    for _ in 0..12 {
        due_in(&world, 0).await;
    }
    let report = join_all((0..5).map(|_| tick(&world, "due"))).await;
    assert_eq!(report.iter().map(|report| report.deletions).sum::<usize>(), 12);
    assert_eq!(sent(&world, "deletion").await, 12);
}

#[tokio::test]
async fn a_run_that_lost_its_lease_does_nothing() {
    let world = bare().await;
    let id = due_in(&world, 0).await;
    let store = world.app.store();
    let late = store
        .take_lease("sweep-due", world.app.now(), LEASE_LIFE)
        .await
        .expect("the table responds")
        .expect("the lease is free");
    assert!(!tick(&world, "due").await.alone, "only one run holds the lease");
    world.advance(LEASE_LIFE);
    let next = store
        .take_lease("sweep-due", world.app.now(), LEASE_LIFE)
        .await
        .expect("the table responds")
        .expect("the lease has expired");
    assert!(next.fence > late.fence);
    let request = deletion_request(&world, id).await;
    let mut tx = world.app.transaction();
    tx.claim_due_deletion(&request, world.app.now()).expect("a claim");
    tx.check_lease(&late).expect("a check");
    assert_eq!(
        tx.commit().await.expect_err("another run holds the lease").conflict(),
        Some(Conflict::Lease)
    );
    store.end_lease(&late, world.app.now()).await.expect("ending a lost lease has no effect");
    assert!(!tick(&world, "due").await.alone, "the late run cannot release another run's lease");
    store.end_lease(&next, world.app.now()).await.expect("the lease is released");
    assert_eq!(tick(&world, "due").await.deletions, 1);
    world.settle().await;
}

#[tokio::test]
async fn a_run_killed_at_any_call_is_completed_by_the_next() {
    let mut call = 0;
    loop {
        call += 1;
        let world = bare().await;
        for _ in 0..2 {
            due_in(&world, 0).await;
        }
        world.interceptor.kill_at(if call % 2 == 0 {
            KillPoint::Before(call / 2)
        } else {
            KillPoint::After(call.div_ceil(2))
        });
        let ended = world
            .interceptor
            .until_killed(handle(
                world.app.clone(),
                json!({ "job": "due" }),
                Deadline::within(Duration::from_secs(240)),
            ))
            .await;
        world.interceptor.reset();
        world.advance(LEASE_LIFE);
        tick(&world, "due").await;
        assert_eq!(sent(&world, "deletion").await, 2, "killed at call {call}");
        if ended.is_some() {
            break;
        }
    }
    assert!(call > 12, "the run makes enough calls");
}

#[tokio::test]
async fn a_stalled_deletion_is_resent() {
    let world = bare().await;
    let id = due_in(&world, 0).await;
    let fenced = fn_deletion_worker::fence::pass(&world.app, id).await;
    assert!(matches!(fenced, Ok(fn_deletion_worker::fence::Fenced::Through(..))));
    assert_eq!(tick(&world, "due").await.deletions, 0, "its run is in progress");
    world.advance(SILENT);
    assert_eq!(tick(&world, "due").await.deletions, 1);
    assert_eq!(tick(&world, "due").await.deletions, 0, "the timeout starts again");
    assert_eq!(
        deletion_request(&world, id).await.due_at,
        world.app.now().plus(-SILENT),
        "its due date does not change"
    );
    world.settle().await;
}

#[tokio::test]
async fn a_held_deletion_is_not_sent() {
    let world = bare().await;
    let id = due_in(&world, 0).await;
    let request = deletion_request(&world, id).await;
    let (read, hold) = (
        request.version,
        Hold {
            reason: "a court asked".to_owned(),
            by: world.app.id(Pseudonym::new),
            at: world.app.now(),
        },
    );
    let mut tx = world.app.transaction();
    tx.save_deletion(
        &request.hold(hold).expect("the deletion is scheduled"),
        read,
        world.app.now(),
    )
    .expect("a request");
    tx.commit().await.expect("no concurrent write");
    world.advance(400 * DAY);
    assert_eq!(tick(&world, "due").await.deletions, 0);
}

#[tokio::test]
async fn a_message_missed_by_the_stream_is_sent_despite_a_poison_message() {
    let world = World::of(|_| Vec::new()).await;
    let mut tx = world.app.transaction();
    world
        .app
        .send(
            &mut tx,
            Message::Mail {
                id: world.app.id(MessageId::new),
                user: world.app.id(UserId::new),
                template: Template::VerifyEmail,
                about: None,
            },
        )
        .expect("a message");
    tx.commit().await.expect("the item is new");
    world.advance(OVERDUE - 1);
    assert_eq!(tick(&world, "due").await.messages, 0, "the stream may still send it");
    world.advance(1);
    let mut strange = provost_store::item::Key::new("OUTBOX#msg_0", "MESSAGE").attributes();
    for (name, value) in [("dueKind", "outbox"), ("dueAt", "2020-01-01T00:00:00.000Z")] {
        strange.insert(name.to_owned(), provost_store::item::s(value));
    }
    world
        .emulators
        .dynamodb()
        .put_item()
        .table_name(&world.app.store().names().operations)
        .set_item(Some(strange))
        .send()
        .await
        .expect("the table responds");
    let result = handle(
        world.app.clone(),
        json!({ "job": "due" }),
        Deadline::within(Duration::from_secs(240)),
    )
    .await;
    assert!(result.is_err(), "an unreadable message is reported");
    assert_eq!(world.runner.queue_depth("mail").await.expect("the queue responds").total(), 1);
}

#[tokio::test]
async fn an_expired_suspension_is_lifted_once_and_audited() {
    let world = bare().await;
    let ada = world.person("ada").await;
    let now = world.app.now();
    let before = world.user(ada.id).await.expect("the account exists");
    let suspension = Suspension {
        id: None,
        kind: SuspensionKind::Ban,
        reason: "spam".to_owned(),
        by: world.app.id(Pseudonym::new),
        at: now,
        expires_at: Some(now.plus(DAY)),
        before: Status::Active,
    };
    let banned = before.suspend(suspension, now).expect("the account is active");
    let mut tx = world.app.transaction();
    tx.save_user(&banned).expect("a user");
    tx.plan_end_of_suspension(&banned).expect("a plan");
    tx.commit().await.expect("no concurrent write");
    world.advance(DAY - 1);
    assert_eq!(tick(&world, "due").await.suspensions, 0);
    world.advance(1);
    assert_eq!(tick(&world, "due").await.suspensions, 1);
    assert_eq!(tick(&world, "due").await.suspensions, 0);
    let after = world.user(ada.id).await.expect("the account exists");
    assert_eq!((after.status, after.suspension), (Status::Active, None));
    let entries = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(&world.app.store().names().audit)
        .send()
        .await
        .expect("the table responds");
    assert_eq!(
        entries.items().iter().filter(|item| format!("{item:?}").contains("user.unbanned")).count(),
        1
    );
}

#[tokio::test]
async fn a_ban_made_permanent_is_not_lifted_by_an_older_schedule() {
    let world = bare().await;
    let ada = world.person("ada").await;
    let now = world.app.now();
    let before = world.user(ada.id).await.expect("the account exists");
    let ban = |expires_at| Suspension {
        id: None,
        kind: SuspensionKind::Ban,
        reason: "spam".to_owned(),
        by: before.pseudonym,
        at: now,
        expires_at,
        before: Status::Active,
    };
    let mut tx = world.app.transaction();
    tx.plan_end_of_suspension(
        &before.clone().suspend(ban(Some(now.plus(DAY))), now).expect("the account is active"),
    )
    .expect("a plan");
    tx.save_user(&before.clone().suspend(ban(None), now).expect("the account is active"))
        .expect("a user");
    tx.commit().await.expect("no concurrent write");
    world.advance(2 * DAY);
    tick(&world, "due").await;
    assert_eq!(world.user(ada.id).await.expect("the account exists").status, Status::Suspended);
    assert_eq!(tick(&world, "due").await.suspensions, 0, "the schedule was removed");
}

async fn export(world: &World, ended: bool) -> ExportJob {
    let (now, store, someone) = (
        world.app.now(),
        world.app.store(),
        world.person(&format!("P{}", world.app.id(MessageId::new).ulid())).await,
    );
    let job = ExportJob {
        id: world.app.id(ExportId::new),
        user_id: someone.id,
        requested_by: "self".to_owned(),
        status: ExportStatus::Queued,
        progress: Progress::default(),
        recipients: Vec::new(),
        categories: Category::ALL.to_vec(),
        withheld: Vec::new(),
        selection: None,
        size: None,
        sha256: None,
        created_at: now,
        completed_at: None,
        expires_at: None,
        error: None,
        fence: 0,
        upload_id: None,
        version: 1,
    };
    let mut tx = world.app.transaction();
    tx.create_export(&job, now).expect("a job");
    tx.commit().await.expect("the item is new");
    let job = job.start().expect("the job is queued");
    assert!(store.write_claim(&job, now).await.expect("the table responds"));
    if !ended {
        return job;
    }
    store
        .put_object(
            &store.names().exports,
            &object_key(job.id),
            "application/octet-stream",
            Bytes::from_static(b"sealed"),
        )
        .await
        .expect("an archive");
    let mut tx = world.app.transaction();
    tx.complete_export(&job, 6, "00", &Progress::default(), now).expect("the export completes");
    tx.commit().await.expect("the run owns the job");
    job
}

#[tokio::test]
async fn a_stalled_export_is_resent() {
    let world = bare().await;
    export(&world, false).await;
    assert_eq!(tick(&world, "due").await.exports, 0);
    world.advance(STALLED_AFTER);
    assert_eq!(tick(&world, "due").await.exports, 1);
    assert_eq!(tick(&world, "due").await.exports, 0);
    assert_eq!(sent(&world, "export").await, 1);
}

#[tokio::test]
async fn a_stalled_scan_of_all_accounts_is_resent() {
    let world = bare().await;
    let (id, by) = (world.app.id(FraudScanId::new), world.app.id(Pseudonym::new));
    let begun = fraud::FullScan::new(id, by, false, fraud::RuleSet::default(), 1, world.app.now());
    let mut tx = world.app.transaction();
    tx.begin_full_scan(&begun, Slot::Real, None).expect("a scan");
    tx.commit().await.expect("the item is new");
    assert_eq!(tick(&world, "due").await.full_scans, 0);
    world.advance(fraud::full_scan::SILENT_AFTER);
    assert_eq!(tick(&world, "due").await.full_scans, 1);
    assert_eq!(tick(&world, "due").await.full_scans, 0);
    assert_eq!(sent(&world, "bulk").await, 1);
}

#[tokio::test]
async fn expired_archives_and_orphaned_uploads_are_removed() {
    let world = bare().await;
    let job = export(&world, true).await;
    let store = world.app.store();
    store
        .begin_upload(&store.names().exports, &object_key(world.app.id(ExportId::new)))
        .await
        .expect("an upload");
    let early = tick(&world, "retention").await;
    assert_eq!(early.archives, 0);
    world.advance(14 * DAY);
    let report = tick(&world, "retention").await;
    assert_eq!(report.archives, 1);
    assert_eq!(
        store
            .object_size(&store.names().exports, &object_key(job.id))
            .await
            .expect("the bucket responds"),
        None
    );
    assert_eq!(
        store.export(job.id).await.expect("the table responds").expect("the job is kept").status,
        ExportStatus::Expired
    );
    // The bucket's own clock says when an upload began, so this world's has to be past it; which
    // tick finds it past depends on today's date.
    let late = provost_app::SystemClock;
    let ahead = provost_app::Clock::now(&late).since(world.app.now()).max(0) + 2 * HOUR;
    world.advance(ahead);
    assert_eq!(early.uploads + report.uploads + tick(&world, "retention").await.uploads, 1);
    assert_eq!(tick(&world, "retention").await, RunReport { alone: true, ..RunReport::default() });
}

#[tokio::test]
async fn an_unknown_job_is_rejected() {
    let world = bare().await;
    for event in [json!({}), json!({ "job": "dance" }), json!(null), json!({ "job": 7 })] {
        assert!(
            handle(world.app.clone(), event, Deadline::within(Duration::from_secs(240)))
                .await
                .is_err()
        );
    }
}
