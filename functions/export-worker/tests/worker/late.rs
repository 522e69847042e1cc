//! A worker that is suspended at any of its calls, as a frozen sandbox is, and resumes after other
//! workers have continued the job.

use std::pin::pin;

use provost_domain::export::ExportStatus;
use provost_jobs::Deadline;
use provost_store::walk::Walk;
use provost_testkit::World;

use crate::support::*;

/// Returns when this many calls have started.
async fn begun(world: &World, calls: usize) {
    while world.interceptor.calls() < calls {
        tokio::task::yield_now().await;
    }
}

/// The number of calls of a run for an empty account. A run that ends earlier is not late.
async fn most_calls() -> usize {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, _) = job_for(&world, ada.id).await;
    world.interceptor.reset();
    assert!(!deliver(&world, id).await, "one delivery is enough");
    let calls = world.interceptor.calls();
    world.settle().await;
    calls
}

/// Delivers until nothing is left to do.
async fn deliver_all(world: &World, id: provost_domain::ExportId) {
    for _ in 0..100 {
        if !deliver(world, id).await {
            return;
        }
    }
    panic!("a hundred deliveries were not enough");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superseded_worker_changes_nothing_when_it_resumes() {
    let world = world().await;
    let ada = world.person("ada").await;
    let user = world.user(ada.id).await.unwrap();
    let calls = most_calls().await;
    for call in 1..=calls {
        let (id, identity) = job_for(&world, ada.id).await;
        world.interceptor.reset();
        let mut late = pin!(fn_export_worker::handle(
            world.app.clone(),
            event(&[id]),
            Deadline::within(AMPLE)
        ));
        let ended = tokio::select! {
            biased;
            ended = &mut late => Some(ended),
            () = begun(&world, call) => None,
        };
        deliver_all(&world, id).await;
        if job(&world, id).await.status == ExportStatus::Completed {
            opened(&world, id, &identity).await;
        }
        if ended.is_none() {
            late.await.unwrap();
        }
        // The suspended worker may be the only one that finished: then it still held the claim.
        deliver(&world, id).await;
        opened(&world, id, &identity).await;
        assert_eq!(open_uploads(&world).await, 0, "overtaken at call {call}: an upload is left");
        let walk = Walk::of_index(
            &world.app.store().names().audit,
            "by-target",
            "targetKey",
            user.pseudonym.to_string(),
            "sk",
        );
        assert_eq!(
            world.app.store().count(&walk).await.unwrap() as usize,
            call,
            "overtaken at call {call}: the job is completed once"
        );
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_leaves_nothing_when_it_resumes_a_cancelled_job() {
    let world = world().await;
    let ada = world.person("ada").await;
    let mut cancelled = 0;
    let calls = most_calls().await;
    for call in 1..=calls {
        let (id, identity) = job_for(&world, ada.id).await;
        world.interceptor.reset();
        let mut late = pin!(fn_export_worker::handle(
            world.app.clone(),
            event(&[id]),
            Deadline::within(AMPLE)
        ));
        let ended = tokio::select! {
            biased;
            ended = &mut late => Some(ended),
            () = begun(&world, call) => None,
        };
        let (now, read) = (world.app.now(), job(&world, id).await);
        let stopped = match read.clone().cancel(now) {
            Ok(stopped) if read.status != ExportStatus::Completed => {
                let mut tx = world.app.transaction();
                tx.cancel_export(&stopped, read.status, now).unwrap();
                tx.commit().await.is_ok()
            }
            _ => false,
        };
        if ended.is_none() {
            late.await.unwrap();
        }
        deliver_all(&world, id).await;
        if stopped {
            cancelled += 1;
            assert_eq!(
                job(&world, id).await.status,
                ExportStatus::Cancelled,
                "cancelled at call {call}"
            );
            assert!(
                object(&world, id).await.is_none(),
                "cancelled at call {call}: an archive is left"
            );
        } else {
            opened(&world, id, &identity).await;
        }
        assert_eq!(open_uploads(&world).await, 0, "cancelled at call {call}: an upload is left");
    }
    assert!(cancelled > calls / 2, "cancelled {cancelled} times");
    world.settle().await;
}
