//! The worker is killed before and after each of its calls: after redelivery there is always
//! exactly one complete archive.

use std::sync::Arc;

use provost_domain::{UserId, export::ExportStatus};
use provost_jobs::Deadline;
use provost_store::walk::Walk;
use provost_testkit::{KillPoint, World};
use tokio::task::JoinSet;

use crate::support::*;

/// The number of worlds that share the kill points of a plan.
const TASKS: usize = 4;

/// The totals of the runs.
#[derive(Debug, Default)]
struct Sum {
    runs: usize,
    extra_deliveries: usize,
    left_for_retention: usize,
}

/// What the user has.
#[derive(Debug, Clone, Copy)]
enum Plan {
    Nothing,
    OneOfEachKind,
    TwoParts,
}

async fn person(world: &World, plan: Plan) -> UserId {
    match plan {
        Plan::Nothing => world.person("ada").await.id,
        Plan::OneOfEachKind => rich(world, "ada").await.id,
        Plan::TwoParts => {
            let ada = world.person("ada").await.id;
            add_file(world, ada, "film.bin", noise((8 << 20) + 1)).await;
            ada
        }
    }
}

/// The calls of an uninterrupted run.
async fn calls(plan: Plan) -> Vec<String> {
    let world = world().await;
    let (id, identity) = job_for(&world, person(&world, plan).await).await;
    world.interceptor.reset();
    assert!(!deliver(&world, id).await);
    let log = world.interceptor.log();
    provost_testkit::Roles::read().demand("export-worker", &world.interceptor.spent().rights);
    opened(&world, id, &identity).await;
    if std::env::var_os("PROVOST_SHOW_CALLS").is_some() {
        eprintln!("{plan:?}: {log:#?}");
    }
    world.settle().await;
    log
}

/// The first call to kill at. Unless `PROVOST_SWEEP=full` is set, the other plans skip the calls
/// that `OneOfEachKind` already covers.
#[expect(clippy::disallowed_methods, reason = "the caller of this test may ask for every call")]
fn first(plan: Plan, log: &[String]) -> usize {
    if std::env::var("PROVOST_SWEEP").is_ok_and(|wish| wish == "full") {
        return 1;
    }
    match plan {
        Plan::OneOfEachKind => 1,
        Plan::Nothing | Plan::TwoParts => log
            .iter()
            .position(|call| call.ends_with("GetObject") || call.ends_with("UploadPart"))
            .map_or(1, |at| at + 1),
    }
}

async fn killed(world: &World, user: UserId, point: KillPoint, sum: &mut Sum) {
    let (id, identity) = job_for(world, user).await;
    let run = fn_export_worker::handle(world.app.clone(), event(&[id]), Deadline::within(AMPLE));
    world.interceptor.kill_at(point);
    let survived = world.interceptor.until_killed(run).await;
    world.interceptor.reset();
    assert!(survived.is_none(), "{point:?} was never reached");
    let half = job(world, id).await;
    assert!(
        half.status == ExportStatus::Completed || half.check_ready(world.app.now()).is_err(),
        "a partial archive cannot be downloaded"
    );
    let mut deliveries = 0;
    loop {
        deliveries += 1;
        if !deliver(world, id).await {
            break;
        }
        assert!(deliveries < 3, "{point:?} does not converge");
    }
    opened(world, id, &identity).await;
    let store = world.app.store();
    let left = open_uploads(world).await;
    if left > 0 {
        store.abort_orphaned_uploads(long_after()).await.unwrap();
    }
    assert_eq!(open_uploads(world).await, 0, "{point:?} leaves an upload open");
    assert!(store.export_under_way(user).await.unwrap().is_none(), "{point:?} leaves the lock");
    let record = world.user(user).await.unwrap();
    let walk = Walk::of_index(
        &store.names().audit,
        "by-target",
        "targetKey",
        record.pseudonym.to_string(),
        "sk",
    );
    sum.runs += 1;
    assert_eq!(store.count(&walk).await.unwrap() as usize, sum.runs, "each job is completed once");
    sum.extra_deliveries += deliveries - 1;
    sum.left_for_retention += left;
}

async fn kill_at_every_call(plan: Plan) {
    let log = calls(plan).await;
    let (first, calls) = (first(plan, &log), log.len());
    let points: Arc<Vec<_>> = Arc::new(
        (first..=calls)
            .flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)])
            .collect(),
    );
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let points = points.clone();
        tasks.spawn(async move {
            let (world, mut sum) = (world().await, Sum::default());
            let user = person(&world, plan).await;
            for point in points.iter().skip(task).step_by(TASKS) {
                killed(&world, user, *point, &mut sum).await;
            }
            world.settle().await;
            sum
        });
    }
    let mut total = Sum::default();
    while let Some(sum) = tasks.join_next().await {
        let sum = sum.expect("the task finishes");
        total.runs += sum.runs;
        total.extra_deliveries += sum.extra_deliveries;
        total.left_for_retention += sum.left_for_retention;
    }
    assert_eq!(total.runs, 2 * (calls + 1 - first));
    assert!(
        total.extra_deliveries <= total.runs,
        "one or two deliveries after the kill are enough"
    );
    eprintln!("{plan:?}: {calls} calls, killed from call {first} on, {total:?}, all converged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_call_leaves_one_archive_of_an_empty_account() {
    kill_at_every_call(Plan::Nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_call_leaves_one_archive_of_every_category() {
    kill_at_every_call(Plan::OneOfEachKind).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_call_leaves_one_archive_of_two_parts() {
    kill_at_every_call(Plan::TwoParts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_cancelled_after_a_kill_leaves_nothing_in_the_bucket() {
    let calls = calls(Plan::Nothing).await.len();
    let world = world().await;
    let user = person(&world, Plan::Nothing).await;
    for call in 1..=calls {
        let (id, _) = job_for(&world, user).await;
        let run =
            fn_export_worker::handle(world.app.clone(), event(&[id]), Deadline::within(AMPLE));
        world.interceptor.kill_at(KillPoint::After(call));
        world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        let (now, read) = (world.app.now(), job(&world, id).await);
        if read.status == ExportStatus::Completed {
            continue;
        }
        let mut tx = world.app.transaction();
        tx.cancel_export(&read.clone().cancel(now).unwrap(), read.status, now).unwrap();
        tx.commit().await.unwrap();
        assert!(!deliver(&world, id).await, "a cancelled job is not retried");
        assert_eq!(job(&world, id).await.status, ExportStatus::Cancelled);
        assert!(
            object(&world, id).await.is_none(),
            "killed after call {call}, then cancelled: an archive is left"
        );
        assert_eq!(
            open_uploads(&world).await,
            0,
            "killed after call {call}, then cancelled: an upload is left"
        );
    }
    world.settle().await;
}
