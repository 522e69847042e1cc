//! The worker is killed before and after each of its calls, suspended at each of them, and given its
//! message several times: everybody is changed once, counted once and told once.

use std::{pin::pin, time::Duration};

use provost_domain::{BulkJobId, Status, UserId, time::MINUTE};
use provost_jobs::{Deadline, Outcome};
use provost_testkit::{KillPoint, Roles, Someone, World};
use serde_json::json;

use crate::stage::*;

/// Users per page, small so that three users take two pages.
const PAGE: u32 = 2;

fn points(calls: usize) -> impl Iterator<Item = KillPoint> {
    (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)])
}

/// Three users, one of whom cannot be deleted.
struct Scene<'w> {
    world: &'w World,
    root: Someone<'w>,
    users: Vec<UserId>,
}

impl<'w> Scene<'w> {
    async fn new(world: &'w World) -> Self {
        let root = root(world).await;
        let mut users = Vec::new();
        for name in ["ada", "bob", "cleo"] {
            users.push(world.person(name).await.id);
        }
        Self { world, root, users }
    }

    /// Starts a deletion of all three, one of whom is held meanwhile. The test runs the worker.
    async fn delete(&self) -> BulkJobId {
        let body = json!({ "user_ids": self.users, "reason": REASON });
        let started = self.root.delete_with(DELETE, body).await.status(202);
        job_id(&started)
    }

    async fn run(&self, id: BulkJobId) -> Outcome {
        let before = self.world.interceptor.spent().rights;
        let outcome = fn_bulk_worker::bulk::run(&self.world.app, id, PAGE, ample()).await;
        Roles::read()
            .demand("bulk-worker", self.world.interceptor.spent().rights.difference(&before));
        outcome
    }

    async fn hurried(&self, id: BulkJobId) -> Outcome {
        let deadline = Deadline::within(Duration::ZERO);
        fn_bulk_worker::bulk::run(&self.world.app, id, PAGE, deadline).await
    }

    async fn counts(&self, action: &str) -> Vec<usize> {
        let mut counts = Vec::new();
        for user in &self.users {
            counts.push(audited(&self.root, *user, action).await);
        }
        counts
    }

    /// Checks that everybody was changed once in `round` rounds, and that the job says so.
    async fn check(&self, id: BulkJobId, round: usize, action: &str, to: Status, when: &str) {
        let job = self.world.app.store().bulk_job(id).await.expect("a table").expect("the job");
        let tally = (job.tally.done, job.tally.unchanged, job.tally.blocked, job.tally.failed);
        assert_eq!((job.status.as_str(), tally), ("completed", (3, 0, 0, 0)), "{when}");
        for user in &self.users {
            assert_eq!(self.world.user(*user).await.expect("the user").status, to, "{when}");
        }
        assert_eq!(self.counts(action).await, [round; 3], "{when}: one change of each");
    }

    /// Undoes a deletion in one go.
    async fn restore(&self, id: BulkJobId) {
        let undo = self.undo(id).await;
        assert_eq!(self.run(undo).await, Outcome::Done);
    }

    async fn undo(&self, id: BulkJobId) -> BulkJobId {
        let started = self.root.post(&format!("/v1/jobs/{id}/undo"), json!({})).await.status(202);
        job_id(&started)
    }

    /// Every email that the jobs sent, once for each user and round.
    async fn check_emails(&self, template: &str, rounds: usize) {
        self.world.settle().await;
        let mut emails = 0;
        for sent in emails_of(self, template).await {
            assert_eq!(sent, rounds, "{template}");
            emails += 1;
        }
        assert_eq!(emails, 3);
    }
}

async fn emails_of(scene: &Scene<'_>, template: &str) -> Vec<usize> {
    let mut counts = Vec::new();
    for user in &scene.users {
        let email = scene.world.user(*user).await.expect("the user").email.to_string();
        let mut count = 0;
        let mut cursor = String::new();
        loop {
            let path =
                format!("/api/admin/email/logs?template={template}&to={email}&limit=200{cursor}");
            let page = scene.root.get(&path).await.ok();
            count += page["data"].as_array().expect("a list").len();
            match page["pagination"]["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        counts.push(count);
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_deletion_changes_everybody_once_and_tells_them_once() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let id = scene.delete().await;
    world.interceptor.reset();
    assert_eq!(scene.run(id).await, Outcome::Done);
    let calls = world.interceptor.calls();
    scene.check(id, 1, "deletion.requested", Status::Deleted, "undisturbed").await;
    world.settle().await;
    scene.restore(id).await;
    let mut rounds = 1;
    for (n, point) in points(calls).enumerate() {
        let id = scene.delete().await;
        world.interceptor.kill_at(point);
        let survived = world.interceptor.until_killed(scene.run(id)).await;
        world.interceptor.reset();
        assert!(survived.is_none(), "{point:?} was never reached");
        // The message is redelivered, in every fifth round as two concurrent deliveries.
        if n % 5 == 0 {
            tokio::join!(scene.run(id), scene.run(id));
        }
        while scene.run(id).await != Outcome::AlreadyDone {}
        rounds += 1;
        let when = format!("killed {point:?}");
        // The emails about a deletion are only sent while it is pending.
        world.settle().await;
        scene.check(id, rounds, "deletion.requested", Status::Deleted, &when).await;
        scene.restore(id).await;
    }
    scene.check_emails("deletion-requested", rounds).await;
    eprintln!("a deletion of three in two pages: {calls} calls, killed before and after each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_undo_restores_everybody_once() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let (mut rounds, mut calls) = (0, 0);
    let mut kills = vec![None];
    let mut at = 0;
    while at < kills.len() {
        let id = scene.delete().await;
        assert_eq!(scene.run(id).await, Outcome::Done);
        let undo = scene.undo(id).await;
        world.interceptor.reset();
        match kills[at] {
            None => {
                assert_eq!(scene.run(undo).await, Outcome::Done);
                calls = world.interceptor.calls();
                kills.extend(points(calls).map(Some));
            }
            Some(point) => {
                world.interceptor.kill_at(point);
                let survived = world.interceptor.until_killed(scene.run(undo)).await;
                world.interceptor.reset();
                assert!(survived.is_none(), "{point:?} was never reached");
                if at % 5 == 0 {
                    tokio::join!(scene.run(undo), scene.run(undo));
                }
                while scene.run(undo).await != Outcome::AlreadyDone {}
            }
        }
        rounds += 1;
        let when = format!("killed {:?}", kills[at]);
        scene.check(undo, rounds, "deletion.cancelled", Status::Active, &when).await;
        at += 1;
    }
    scene.check_emails("deletion-cancelled", rounds).await;
    eprintln!("an undo of three in two pages: {calls} calls, killed before and after each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_without_time_is_followed_by_another_run() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let id = scene.delete().await;
    world.interceptor.reset();
    assert_eq!(scene.hurried(id).await, Outcome::Done);
    let calls = world.interceptor.calls();
    world.settle().await;
    scene.check(id, 1, "deletion.requested", Status::Deleted, "handed over").await;
    scene.restore(id).await;
    for (n, point) in points(calls).enumerate() {
        let id = scene.delete().await;
        world.interceptor.kill_at(point);
        let killed = world.interceptor.until_killed(scene.hurried(id)).await;
        assert!(killed.is_none(), "{point:?} was never reached");
        world.interceptor.reset();
        // Its message is redelivered, in addition to the next message that it may have sent.
        scene.hurried(id).await;
        world.settle().await;
        let when = format!("handing over, killed {point:?}");
        scene.check(id, n + 2, "deletion.requested", Status::Deleted, &when).await;
        scene.restore(id).await;
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superseded_run_changes_nobody_when_it_resumes() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let id = scene.delete().await;
    world.interceptor.reset();
    scene.run(id).await;
    let calls = world.interceptor.calls();
    scene.restore(id).await;
    for call in 1..=calls {
        let id = scene.delete().await;
        world.interceptor.reset();
        let mut late = pin!(scene.run(id));
        let begun = async {
            while world.interceptor.calls() < call {
                tokio::task::yield_now().await;
            }
        };
        let ended = tokio::select! {
            biased;
            ended = &mut late => Some(ended),
            () = begun => None,
        };
        while matches!(scene.run(id).await, Outcome::Retry(_)) {}
        if ended.is_none() {
            late.await;
        }
        while scene.run(id).await != Outcome::AlreadyDone {}
        let when = format!("overtaken at call {call}");
        scene.check(id, call + 1, "deletion.requested", Status::Deleted, &when).await;
        scene.restore(id).await;
    }
    world.settle().await;
}

#[tokio::test]
async fn concurrent_and_late_duplicates_of_a_message_change_nothing() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let id = scene.delete().await;
    let outcomes = tokio::join!(scene.run(id), scene.run(id), scene.run(id));
    assert!(
        [&outcomes.0, &outcomes.1, &outcomes.2]
            .iter()
            .any(|outcome| **outcome == Outcome::Done || **outcome == Outcome::AlreadyDone)
    );
    while scene.run(id).await != Outcome::AlreadyDone {}
    scene.check(id, 1, "deletion.requested", Status::Deleted, "three at once").await;
    // The message of the start comes last.
    scene.check_emails("deletion-requested", 1).await;
    scene.check(id, 1, "deletion.requested", Status::Deleted, "a late duplicate").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_request_starts_at_most_one_job_and_a_retry_returns_it() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let plan = async || {
        plan_deletion(&scene.root, json!({ "user_ids": scene.users, "reason": REASON })).await
    };
    let made = plan().await;
    let start = |plan: &serde_json::Value| {
        let (root, body) = (&scene.root, json!({ "plan_id": plan["plan_id"] }));
        async move { root.delete_with(DELETE, body).await }
    };
    world.interceptor.reset();
    let id = job_id(&start(&made).await.status(202));
    let calls = world.interceptor.calls();
    world.settle().await;
    scene.restore(id).await;
    for (n, point) in points(calls).enumerate() {
        let made = plan().await;
        world.interceptor.kill_at(point);
        let killed = world.interceptor.until_killed(start(&made)).await;
        assert!(killed.is_none(), "{point:?} was never reached");
        world.interceptor.reset();
        let id = job_id(&start(&made).await.status(202));
        world.settle().await;
        let when = format!("{point:?}");
        scene.check(id, n + 2, "deletion.requested", Status::Deleted, &when).await;
        scene.restore(id).await;
    }
    world.settle().await;
}

#[tokio::test]
async fn a_job_whose_run_stopped_responding_is_sent_again() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let id = scene.delete().await;
    world.interceptor.kill_at(KillPoint::Before(12));
    assert!(world.interceptor.until_killed(scene.run(id)).await.is_none());
    world.interceptor.reset();
    // The message of the start is lost.
    let job = world.app.store().bulk_job(id).await.expect("a table").expect("the job");
    assert_eq!(job.status.as_str(), "running");
    world.advance(21 * MINUTE);
    let before = world.interceptor.spent().rights;
    let deadline = Deadline::within(Duration::from_secs(240));
    let tick = fn_scheduler::handle(world.app.clone(), json!({ "job": "due" }), deadline).await;
    Roles::read().demand("scheduler", world.interceptor.spent().rights.difference(&before));
    assert_eq!(tick.expect("all jobs succeed").bulk_jobs, 1);
    world.settle().await;
    let mut root = scene.root;
    root.renew().await;
    let scene = Scene { root, ..scene };
    scene.check(id, 1, "deletion.requested", Status::Deleted, "sent again").await;
}
