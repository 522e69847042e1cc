//! The tree of the audit log: each entry becomes one leaf, however often runs are killed, overlap or
//! end early.

use std::sync::atomic::{AtomicUsize, Ordering};

use provost_domain::{
    AuditId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    time::{HOUR, MINUTE},
};
use provost_operations::{Op, audit::extend_tree};
use provost_store::audit_tree::{Checked, Fault};
use provost_testkit::{KillPoint, World};

use crate::tick;

/// Writes entries, a millisecond apart.
async fn write(world: &World, count: usize) {
    for number in 0..count {
        let entry = Entry {
            id: world.app.id(AuditId::new),
            at: world.app.now(),
            actor: Actor::Cli,
            action: "test.done",
            resource: Resource::Other { kind: "test", id: number.to_string() },
            success: true,
            reason: None,
            changes: Changes::new(),
            origin: Origin {
                ip: None,
                user_agent: None,
                request_id: world.app.request_id(),
                route: "test".to_owned(),
                api_key: false,
            },
        };
        world.app.store().audit(entry).await.expect("the entry is written");
        world.advance(1);
    }
}

async fn extend(world: &World) -> u64 {
    let op = Op::system(&world.app, "scheduler", world.app.request_id());
    extend_tree(&op, &|| true).await.expect("the tree grows")
}

async fn check(world: &World) -> Checked {
    world.app.store().check_audit_tree(world.app.now(), &[], 10).await.expect("it is readable")
}

/// The tree has this many leaves, all under the newest checkpoint, and no fault.
async fn is_complete(world: &World, leaves: u64) {
    let (found, signed) = (check(world).await, world.app.store().audit_checkpoint().await);
    let signed = signed.expect("it is readable").expect("it is signed");
    assert_eq!((found.leaves, &found.faults), (leaves, &Vec::new()));
    assert_eq!((signed.size, Some(signed.root)), (leaves, found.root));
}

#[tokio::test]
async fn a_tick_adds_entries_that_are_an_hour_old_over_several_tiles() {
    let world = crate::bare().await;
    write(&world, 600).await;
    world.advance(HOUR - 601);
    assert_eq!(tick(&world, "due").await.leaves, 0);
    world.advance(300);
    assert_eq!(tick(&world, "due").await.leaves, 300);
    is_complete(&world, 300).await;
    world.advance(5 * MINUTE);
    assert_eq!(tick(&world, "due").await.leaves, 300);
    is_complete(&world, 600).await;
    world.advance(5 * MINUTE);
    assert_eq!(tick(&world, "due").await.leaves, 0);
}

#[tokio::test]
async fn a_run_killed_at_any_call_adds_each_entry_once() {
    const BATCH: usize = 200;
    let world = crate::bare().await;
    write(&world, BATCH).await;
    world.advance(2 * HOUR);
    world.interceptor.reset();
    assert_eq!(extend(&world).await, BATCH as u64);
    // A later run also reads the edge of the tree.
    write(&world, BATCH).await;
    world.advance(2 * HOUR);
    world.interceptor.reset();
    extend(&world).await;
    let calls = world.interceptor.calls();
    assert!(calls > 8, "{:?}", world.interceptor.log());
    let mut total = 2 * BATCH;
    for point in (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]) {
        write(&world, BATCH).await;
        world.advance(2 * HOUR);
        total += BATCH;
        world.interceptor.reset();
        world.interceptor.kill_at(point);
        let op = Op::system(&world.app, "scheduler", world.app.request_id());
        let ended = world.interceptor.until_killed(extend_tree(&op, &|| true)).await;
        world.interceptor.reset();
        assert!(ended.is_none(), "{point:?} was reached");
        extend(&world).await;
        is_complete(&world, total as u64).await;
    }
}

#[tokio::test]
async fn two_runs_at_once_add_each_entry_once() {
    let world = crate::bare().await;
    write(&world, 300).await;
    world.advance(2 * HOUR);
    let (one, other) = tokio::join!(extend(&world), extend(&world));
    assert!(one + other <= 300);
    extend(&world).await;
    is_complete(&world, 300).await;
}

#[tokio::test]
async fn a_run_without_time_leaves_whole_batches_and_the_next_one_continues() {
    let world = crate::bare().await;
    write(&world, 300).await;
    world.advance(2 * HOUR);
    let op = Op::system(&world.app, "scheduler", world.app.request_id());
    let asked = AtomicUsize::new(0);
    let has_time = || asked.fetch_add(1, Ordering::Relaxed) < 2;
    assert_eq!(extend_tree(&op, &has_time).await.expect("two batches"), 180);
    is_complete(&world, 180).await;
    assert_eq!(extend(&world).await, 120);
    is_complete(&world, 300).await;
}

#[tokio::test]
async fn an_entry_that_arrives_after_its_hour_is_named_by_the_check() {
    let world = crate::bare().await;
    write(&world, 3).await;
    let late = world.app.now();
    world.advance(1);
    write(&world, 3).await;
    world.advance(2 * HOUR);
    extend(&world).await;
    let back = world.app.now().since(late);
    world.advance(-back);
    write(&world, 1).await;
    world.advance(back);
    let found = check(&world).await;
    assert!(
        matches!(&found.faults[..], [Fault::NotALeaf { position }] if position.starts_with(&late.to_string())),
        "{found:?}"
    );
}
