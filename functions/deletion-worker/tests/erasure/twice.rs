//! Messages delivered more than once, out of order, and concurrently.

use futures_util::future::join_all;
use provost_domain::deletion::DeletionState;
use provost_testkit::World;

use fn_deletion_worker::{
    fence::{self, Fenced},
    run::{Run, Stop},
    steps::STEPS,
};
use provost_jobs::Deadline;

use crate::person::{complete, deliver, is_erased, person, schedule, stands};

/// A small generator, so that a seed determines the whole order (Marsaglia, “Xorshift RNGs”).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap_or(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_delivered_repeatedly_shuffled_and_concurrently_have_one_effect() {
    let world = World::of(|_| Vec::new()).await;
    for seed in 1..=24_usize {
        let mut random = Seeded(seed as u64 * 0x9e37_79b9);
        let mut subjects = Vec::new();
        for number in 0..3 {
            let number = seed * 10 + number;
            // Most users have an account only, since the test varies the order of the messages.
            subjects.push(if seed <= 4 {
                complete(&world, number).await
            } else {
                schedule(&world, person(&world, number).await).await
            });
        }
        let mut waiting: Vec<_> =
            subjects.iter().flat_map(|subject| vec![subject.request; 1 + random.next(5)]).collect();
        for place in (1..waiting.len()).rev() {
            waiting.swap(place, random.next(place + 1));
        }
        let workers = 2 + random.next(7);
        while !waiting.is_empty() {
            let now: Vec<_> = waiting.drain(..waiting.len().min(workers)).collect();
            let done = join_all(now.iter().map(|request| deliver(&world, *request))).await;
            // Failed messages are delivered again, as the queue does.
            waiting.extend(
                now.iter().zip(done).filter(|(_, done)| !done).map(|(request, _)| *request),
            );
        }
        for subject in &subjects {
            let before = stands(&world, subject.request).await.version;
            is_erased(&world, subject).await;
            assert!(
                deliver(&world, subject.request).await,
                "seed {seed}: one more delivery finds nothing to do"
            );
            assert_eq!(stands(&world, subject.request).await.version, before, "seed {seed}");
        }
    }
}

/// A run that passed the point of no return and the first `steps` steps, and then stalled.
async fn stalled(world: &World, request: provost_domain::DeletionId, steps: usize) -> Run {
    let Ok(Fenced::Through(request, user)) = fence::pass(&world.app, request).await else {
        panic!("the deletion is due")
    };
    let mut run = Run {
        app: world.app.clone(),
        request: *request,
        user,
        deadline: Deadline::within(std::time::Duration::from_secs(900)),
    };
    for step in &STEPS[..steps] {
        (step.work)(&mut run).await.expect("no other run interferes");
    }
    run
}

#[tokio::test]
async fn an_overtaken_run_stops_at_its_next_write() {
    let world = World::of(|_| Vec::new()).await;
    for steps in 0..STEPS.len() {
        let subject = complete(&world, steps).await;
        let mut late = stalled(&world, subject.request, steps).await;
        assert!(deliver(&world, subject.request).await);
        let receipt = is_erased(&world, &subject).await;
        for step in &STEPS[steps..] {
            match (step.work)(&mut late).await {
                Ok(()) => panic!("{} succeeded in a run that was overtaken", step.name),
                Err(Stop::Overtaken | Stop::Failed(_)) => {}
                Err(other) => panic!("{}: {other:?}", step.name),
            }
        }
        assert_eq!(
            is_erased(&world, &subject).await,
            receipt,
            "the receipt stays as it was after {steps} steps"
        );
    }
}

#[tokio::test]
async fn two_alternating_runs_end_in_one_receipt() {
    let world = World::of(|_| Vec::new()).await;
    for steps in 0..STEPS.len() {
        let subject = complete(&world, steps).await;
        let mut first = stalled(&world, subject.request, steps).await;
        let Ok(Fenced::Through(request, user)) = fence::pass(&world.app, subject.request).await
        else {
            panic!("the erasure continues")
        };
        assert!(request.checkpoint.fence > first.request.checkpoint.fence);
        let mut second =
            Run { request: *request, user, app: world.app.clone(), deadline: first.deadline };
        for step in &STEPS[steps..] {
            assert!((step.work)(&mut first).await.is_err(), "the first run lost the request");
            (step.work)(&mut second).await.expect("the second run holds it");
        }
        assert_eq!(stands(&world, subject.request).await.state, DeletionState::Erased);
        is_erased(&world, &subject).await;
    }
}
