//! Concurrent deliveries of one message, and jobs cancelled while a worker runs them: the effects
//! are those of one run.

use futures_util::future::join_all;
use provost_domain::export::ExportStatus;
use provost_store::walk::Walk;
use provost_testkit::World;

use crate::support::*;

async fn completions(world: &World, user: provost_domain::UserId) -> u64 {
    let record = world.user(user).await.unwrap();
    let walk = Walk::of_index(
        &world.app.store().names().audit,
        "by-target",
        "targetKey",
        record.pseudonym.to_string(),
        "sk",
    );
    world.app.store().count(&walk).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_workers_on_one_job_create_one_archive() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    for seed in 0..12 {
        let (id, identity) = job_for(&world, ada.id).await;
        let workers = 2 + seed % 7;
        // The different delays give the workers' calls a different order in each round.
        let runs = (0..workers).map(|worker| {
            let world = &world;
            async move {
                for _ in 0..(seed * 5 + worker * 3) % 11 {
                    tokio::task::yield_now().await;
                }
                deliver(world, id).await
            }
        });
        let mut again = join_all(runs).await.into_iter().any(|again| again);
        let mut deliveries = 0;
        while again || job(&world, id).await.status != ExportStatus::Completed {
            again = deliver(&world, id).await;
            deliveries += 1;
            assert!(deliveries < 3, "seed {seed} does not converge");
        }
        opened(&world, id, &identity).await;
        assert_eq!(
            completions(&world, ada.id).await,
            seed as u64 + 1,
            "seed {seed}: the job is completed once"
        );
        assert!(!deliver(&world, id).await, "a later duplicate does nothing");
        assert_eq!(open_uploads(&world).await, 0, "seed {seed}");
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_during_a_run_stops_it_or_is_too_late() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let (mut stopped, mut late) = (0, 0);
    for seed in 0..12 {
        let (id, identity) = job_for(&world, ada.id).await;
        let cancel = async {
            for _ in 0..seed * 4 {
                tokio::task::yield_now().await;
            }
            for _ in 0..seed % 9 {
                job(&world, id).await;
            }
            let (now, read) = (world.app.now(), job(&world, id).await);
            let Ok(cancelled) = read.clone().cancel(now) else { return false };
            if read.status == ExportStatus::Completed {
                return false;
            }
            let mut tx = world.app.transaction();
            tx.cancel_export(&cancelled, read.status, now).unwrap();
            tx.commit().await.is_ok()
        };
        let (cancelled, _) = tokio::join!(cancel, deliver(&world, id));
        deliver(&world, id).await;
        let job = job(&world, id).await;
        if cancelled {
            stopped += 1;
            assert_eq!(job.status, ExportStatus::Cancelled, "seed {seed}");
            assert!(object(&world, id).await.is_none(), "seed {seed}: an archive is left");
        } else if job.status == ExportStatus::Completed {
            late += 1;
            opened(&world, id, &identity).await;
        }
        assert_eq!(open_uploads(&world).await, 0, "seed {seed}");
    }
    assert!(stopped + late == 12 && stopped > 0, "stopped {stopped}, late {late}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_never_decreases() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let (id, _) = job_for(&world, ada.id).await;
    let watch = async {
        let mut seen = Vec::new();
        loop {
            let job = job(&world, id).await;
            seen.push(job.progress.percent);
            if !job.is_active() {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    let (seen, _) = tokio::join!(watch, deliver(&world, id));
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&100));
    let job = job(&world, id).await;
    assert_eq!((job.progress.done, job.progress.stage.as_str()), (job.progress.total, "completed"));
    world.settle().await;
}
