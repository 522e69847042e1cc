//! The worker is killed before and after each of its calls, suspended at each of them, and given
//! each message twice: every account is scanned once and no account gets two alerts.

use std::{collections::BTreeSet, pin::pin, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    BuiltInRole, FraudScanId, UserId,
    fraud::Rule,
    fraud::full_scan::FraudScanStatus,
    fraud::{FullScan, RuleSet},
    message::Message,
};
use provost_jobs::{Deadline, Outcome};
use provost_store::{full_scans::Slot, item::Item};
use provost_testkit::{KillPoint, Roles, World};

use crate::support::*;

/// Accounts per page, small so that three accounts take several pages.
const PAGE: u32 = 2;

fn points(calls: usize) -> impl Iterator<Item = KillPoint> {
    (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)])
}

/// A world with three users, two of whom are suspects.
struct Scene {
    world: World,
    people: Vec<UserId>,
    suspects: [UserId; 2],
}

impl Scene {
    async fn new() -> Self {
        let world = world().await;
        let grace = world.staff("grace", BuiltInRole::Admin).await.id;
        let suspects = [suspect(&world, "mallory").await.id, suspect(&world, "trudy").await.id];
        Self { world, people: vec![grace, suspects[0], suspects[1]], suspects }
    }

    /// Starts a scan of all accounts under a new rule set version, so that every suspect gets a new
    /// alert.
    async fn begin(&self) -> (FraudScanId, RuleSet) {
        let world = &self.world;
        let rules = let_count(world, only(Rule::DisposableEmail)).await;
        world.advance(1000);
        let by = world.user(self.people[0]).await.unwrap().pseudonym;
        let scan = FullScan::new(
            world.app.id(FraudScanId::new),
            by,
            false,
            rules.clone(),
            3,
            world.app.now(),
        );
        let (before, _) = world.app.store().latest_full_scan(Slot::Real).await.unwrap();
        let mut tx = world.app.transaction();
        tx.begin_full_scan(&scan, Slot::Real, before).unwrap();
        tx.commit().await.unwrap();
        (scan.id, rules)
    }

    async fn run(&self, id: FraudScanId) -> Outcome {
        let before = self.world.interceptor.spent().rights;
        let outcome = fn_bulk_worker::full_scan::run(&self.world.app, id, PAGE, ample()).await;
        Roles::read()
            .demand("bulk-worker", self.world.interceptor.spent().rights.difference(&before));
        outcome
    }

    /// Checks that this scan covered every account, in whichever run, and raised one alert per
    /// suspect.
    async fn check(&self, id: FraudScanId, rules: &RuleSet, when: &str) {
        let (world, done) = (&self.world, full_scan(&self.world, id).await);
        assert_eq!(
            (done.status, done.done, done.failed, done.raised),
            (FraudScanStatus::Completed, 3, 0, 2),
            "{when}"
        );
        assert_eq!(
            (
                done.by_rule[&Rule::DisposableEmail].accounts,
                done.by_rule[&Rule::DisposableEmail].alerts
            ),
            (2, 2),
            "{when}"
        );
        let now = AttributeValue::S(world.app.now().to_string());
        let sightings =
            self.found("begins_with(pk, :kind) AND seenAt = :value", "TRACE#mailbox", now).await;
        let people: BTreeSet<String> =
            sightings.iter().map(|item| item["subjectId"].as_s().unwrap().clone()).collect();
        assert_eq!(
            people,
            self.people.iter().map(ToString::to_string).collect(),
            "{when}: every account was scanned"
        );
        for suspect in self.suspects {
            let place = world
                .app
                .store()
                .alert_place(suspect, rules.version)
                .await
                .unwrap()
                .expect("an alert");
            let alert = world.app.store().alert(place.alert_id).await.unwrap().expect("the alert");
            assert_eq!((alert.raised_in, alert.version), (Some(id), 1), "{when}");
        }
        let version = AttributeValue::N(rules.version.to_string());
        let alerts =
            self.found("begins_with(pk, :kind) AND ruleSet = :value", "ALERT#", version).await;
        assert_eq!(alerts.len(), 2, "{when}: one for each suspect");
    }

    async fn found(&self, condition: &str, kind: &str, value: AttributeValue) -> Vec<Item> {
        let scan = self
            .world
            .emulators
            .dynamodb()
            .scan()
            .table_name(&self.world.app.store().names().operations)
            .filter_expression(condition);
        let scan = scan
            .expression_attribute_values(":kind", AttributeValue::S(kind.to_owned()))
            .expression_attribute_values(":value", value);
        let (mut items, mut pages) = (Vec::new(), scan.into_paginator().items().send());
        while let Some(item) = pages.next().await {
            items.push(item.expect("the table responds"));
        }
        items
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_scan_covers_every_account_and_raises_each_alert_once() {
    let scene = Scene::new().await;
    let (id, rules) = scene.begin().await;
    scene.world.interceptor.reset();
    assert_eq!(scene.run(id).await, Outcome::Done);
    let calls = scene.world.interceptor.calls();
    scene.check(id, &rules, "undisturbed").await;
    for (n, point) in points(calls).enumerate() {
        let (id, rules) = scene.begin().await;
        scene.world.interceptor.kill_at(point);
        let survived = scene.world.interceptor.until_killed(scene.run(id)).await;
        scene.world.interceptor.reset();
        assert!(survived.is_none(), "{point:?} was never reached");
        // The message is redelivered, in every fifth round as two concurrent deliveries. Those wait
        // for each other, which makes them slow.
        if n % 5 == 0 {
            tokio::join!(scene.run(id), scene.run(id));
        }
        while scene.run(id).await != Outcome::AlreadyDone {}
        scene.check(id, &rules, &format!("killed {point:?}")).await;
    }
    eprintln!(
        "a scan of three accounts in two pages: {calls} calls, killed before and after each, all converged"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_without_time_is_followed_by_another_run() {
    let scene = Scene::new().await;
    let hurried = |id| {
        fn_bulk_worker::full_scan::run(&scene.world.app, id, PAGE, Deadline::within(Duration::ZERO))
    };
    let (id, rules) = scene.begin().await;
    scene.world.interceptor.reset();
    assert_eq!(hurried(id).await, Outcome::Done);
    let calls = scene.world.interceptor.calls();
    scene.world.settle().await;
    scene.check(id, &rules, "handed over").await;
    for point in points(calls) {
        let (id, rules) = scene.begin().await;
        scene.world.interceptor.kill_at(point);
        assert!(
            scene.world.interceptor.until_killed(hurried(id)).await.is_none(),
            "{point:?} was never reached"
        );
        scene.world.interceptor.reset();
        // Its message is redelivered, in addition to the next message that it may have sent.
        hurried(id).await;
        scene.world.settle().await;
        scene.check(id, &rules, &format!("handing over, killed {point:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superseded_run_changes_nothing_when_it_resumes() {
    let scene = Scene::new().await;
    let (id, _) = scene.begin().await;
    scene.world.interceptor.reset();
    scene.run(id).await;
    let calls = scene.world.interceptor.calls();
    for call in 1..=calls {
        let (id, rules) = scene.begin().await;
        scene.world.interceptor.reset();
        let mut late = pin!(scene.run(id));
        let begun = async {
            while scene.world.interceptor.calls() < call {
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
        scene.check(id, &rules, &format!("overtaken at call {call}")).await;
    }
}

#[tokio::test]
async fn a_run_with_an_old_fencing_token_cannot_report() {
    let scene = Scene::new().await;
    let (id, rules) = scene.begin().await;
    let store = scene.world.app.store();
    let mut late = store.claim_full_scan(id, scene.world.app.now()).await.unwrap().unwrap();
    assert_eq!(scene.run(id).await, Outcome::Done);
    late.done = 1;
    assert!(!store.report_job(&late, scene.world.app.now()).await.unwrap());
    assert!(
        store.claim_full_scan(id, scene.world.app.now()).await.unwrap().is_none(),
        "it is done"
    );
    scene.check(id, &rules, "reported late").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_scan_raises_one_alert_despite_redeliveries() {
    let scene = Scene::new().await;
    let (world, user) = (&scene.world, scene.suspects[0]);
    let message = [Message::FraudScan { user }];
    let raised = async || audited(world, "fraud.alert_raised").await;
    let_count(world, only(Rule::DisposableEmail)).await;
    world.interceptor.reset();
    deliver(world, &message).await;
    let calls = world.interceptor.calls();
    assert_eq!(raised().await, 1);
    for (run, point) in points(calls).enumerate() {
        let_count(world, only(Rule::DisposableEmail)).await;
        world.interceptor.kill_at(point);
        let survived = world.interceptor.until_killed(deliver(world, &message)).await;
        world.interceptor.reset();
        assert!(survived.is_none(), "{point:?} was never reached");
        let (one, two) = tokio::join!(deliver(world, &message), deliver(world, &message));
        assert!(one.batch_item_failures.len() + two.batch_item_failures.len() < 2, "{point:?}");
        assert!(deliver(world, &message).await.batch_item_failures.is_empty());
        assert_eq!(raised().await, run + 2, "{point:?}: one alert for each version of the rules");
    }
    eprintln!("a scan: {calls} calls, killed before and after each, all converged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_request_starts_at_most_one_scan_and_a_retry_returns_it() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ask = || grace.post(SCAN_ALL, serde_json::json!({}));
    world.interceptor.reset();
    ask().await.status(202);
    let calls = world.interceptor.calls();
    world.settle().await;
    for (run, point) in points(calls).enumerate() {
        world.interceptor.kill_at(point);
        assert!(
            world.interceptor.until_killed(ask()).await.is_none(),
            "{point:?} was never reached"
        );
        world.interceptor.reset();
        let id = job(&ask().await.status(202));
        world.settle().await;
        assert_eq!(full_scan(&world, id).await.status, FraudScanStatus::Completed, "{point:?}");
        assert_eq!(
            audited(&world, "fraud.scan_started").await,
            run + 2,
            "{point:?}: one scan per round"
        );
    }
}

#[tokio::test]
async fn concurrent_and_late_duplicates_of_messages_change_nothing() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let (id, rules) = scene.begin().await;
    let messages =
        [Message::FullFraudScan { job: id }, Message::FraudScan { user: scene.people[0] }];
    let (one, two, three) = tokio::join!(
        deliver(world, &messages),
        deliver(world, &messages),
        deliver(world, &messages)
    );
    assert!([one, two, three].iter().any(|answer| answer.batch_item_failures.is_empty()));
    for _ in 0..2 {
        assert!(deliver(world, &messages).await.batch_item_failures.is_empty());
    }
    scene.check(id, &rules, "delivered three times at once and twice late").await;
}
