//! All accounts are scanned in the background, and the caller can poll the job.

use std::time::Duration;

use provost_api::fraud::FraudScanView;
use provost_domain::{
    BuiltInRole, FraudScanId, Pseudonym, UserId,
    fraud::{FullScan, Rule},
    message::Message,
    time::MINUTE,
};
use provost_jobs::{Deadline, Outcome};
use provost_store::full_scans::Slot;
use provost_testkit::World;
use serde_json::{Value, json};

use crate::support::*;

fn status(job: &Value) -> (&str, u64, u64, u64) {
    let progress = &job["progress"];
    (
        job["status"].as_str().unwrap(),
        progress["done"].as_u64().unwrap(),
        progress["total"].as_u64().unwrap(),
        progress["percent"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn a_scan_covers_all_accounts_and_its_job_can_be_polled() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    // More than one page.
    for n in 0..27 {
        world.person(&format!("{n:02}person")).await;
    }
    let mallory = suspect(&world, "mallory").await;
    let started = grace.post(SCAN_ALL, json!({"reason": "new rules"})).await;
    let job = started.status(202);
    assert_eq!(status(&job), ("queued", 0, 29, 0));
    assert_eq!(
        (&job["id"], &job["type"], &job["dryRun"], &job["requestedBy"]),
        (&job["jobId"], &json!("fraud_scan"), &json!(false), &json!(grace.id))
    );
    assert_eq!(started.header("location"), format!("/v1/jobs/{}", job["id"].as_str().unwrap()));
    let watched = grace.get(&started.header("location")).await.ok();
    assert_eq!(
        (&watched["id"], &watched["progress"], &watched["updated_at"]),
        (&job["id"], &job["progress"], &job["updatedAt"])
    );
    world.settle().await;
    let done = grace.get(&started.header("location")).await.ok();
    assert_eq!(status(&done), ("completed", 29, 29, 100));
    assert_eq!(
        done["raised"],
        grace.get(&format!("{ALERTS}?limit=200")).await.ok()["pagination"]["total"]
    );
    let thrown_away = &done["by_rule"]["disposable_email"];
    assert_eq!((&thrown_away["accounts"], &thrown_away["alerts"]), (&json!(1), &json!(1)));
    assert!(thrown_away.get("sample").is_none() && done["completed_at"].is_string());
    let about = grace.get(&format!("{ALERTS}?userId={}", mallory.id)).await.ok();
    assert_eq!(
        (&about["pagination"]["total"], &about["data"][0]["ruleSet"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (
            audited(&world, "fraud.scan_started").await,
            audited(&world, "fraud.alert_raised").await as u64
        ),
        (1, done["raised"].as_u64().unwrap())
    );
    let next = grace.post(SCAN_ALL, json!({})).await.status(202);
    assert_ne!(next["id"], job["id"], "the first scan has ended");
    world.settle().await;
    assert_eq!(
        grace.get(&format!("/v1/jobs/{}", next["id"].as_str().unwrap())).await.ok()["raised"]
            .as_u64()
            .unwrap()
            + done["raised"].as_u64().unwrap(),
        grace.get(&format!("{ALERTS}?limit=200")).await.ok()["pagination"]["total"]
            .as_u64()
            .unwrap(),
        "an alert is counted by the scan that raised it"
    );
}

#[tokio::test]
async fn a_dry_run_and_repeated_scans_count_shared_properties_alike() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for n in 0..6 {
        world.person(&format!("{n}person")).await;
    }
    let mut found = Vec::new();
    for dry in [true, false, false] {
        let job = grace.post(SCAN_ALL, json!({"dryRun": dry})).await.header("location");
        world.settle().await;
        let done = grace.get(&job).await.ok();
        let accounts = |rule: &str| done["by_rule"][rule]["accounts"].as_u64();
        found.push((
            done["raised"].as_u64().unwrap(),
            accounts("shared_address"),
            accounts("shared_device"),
        ));
    }
    // All seven signed in at the same address with the same device, and each alert was raised once.
    assert_eq!(found, [(7, Some(7), Some(7)), (7, Some(7), Some(7)), (0, Some(7), Some(7))]);
}

#[tokio::test]
async fn a_stalled_scan_is_resent_automatically() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let id = without_message(&world, grace.id).await;
    let resend = async || {
        world.app.store().resend_silent_jobs::<FullScan>(world.app.now(), 10).await.unwrap()
    };
    world.advance(20 * MINUTE - 1);
    assert_eq!(resend().await, 0, "its worker may still be running");
    world.advance(1);
    assert_eq!((resend().await, resend().await), (1, 0), "once, and then the timeout starts again");
    world.settle().await;
    grace.renew().await;
    assert_eq!(status(&grace.get(&format!("/v1/jobs/{id}")).await.ok()), ("completed", 1, 1, 100));
    world.advance(20 * MINUTE);
    assert_eq!(resend().await, 0, "it is done");
}

#[tokio::test]
async fn a_second_request_returns_the_scan_in_progress() {
    let world = world().await;
    let (grace, heidi) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
    );
    let ask = async || grace.post(SCAN_ALL, json!({})).await;
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    let answers: Vec<_> = [one, two, three]
        .iter()
        .filter(|reply| reply.status.as_u16() == 202)
        .map(|reply| reply.json()["id"].clone())
        .collect();
    assert!(!answers.is_empty() && answers.iter().all(|id| *id == answers[0]), "{answers:?}");
    assert_eq!(grace.post(SCAN_ALL, json!({})).await.status(202)["id"], answers[0]);
    assert_eq!(
        heidi.post(SCAN_ALL, json!({})).await.status(202)["id"],
        answers[0],
        "also for another caller"
    );
    world.settle().await;
    assert_eq!(audited(&world, "fraud.scan_started").await, 1);
}

#[tokio::test]
async fn a_scan_needs_the_permission_and_a_dry_run_is_visible_to_its_owner() {
    let world = world().await;
    let (grace, heidi) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
    );
    let (reader, bob) =
        (world.staff("reader", BuiltInRole::Staff).await, world.person("bob").await);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let job = grace.post(SCAN_ALL, json!({})).await.header("location");
    let dry = grace.post(SCAN_ALL, json!({"dryRun": true})).await.header("location");
    for other in [&grace, &heidi, &root] {
        let theirs = other.post(SCAN_ALL, json!({})).await.header("location");
        assert_eq!(theirs, job, "the scan in progress");
        other.get(&theirs).await.ok();
    }
    grace.get(&dry).await.ok();
    for other in [&heidi, &root] {
        other.get(&dry).await.is(404, "NOT_FOUND");
    }
    for other in [&reader, &bob] {
        other.get(&job).await.is(404, "NOT_FOUND");
        other.get(&dry).await.is(404, "NOT_FOUND");
    }
    world.anyone().get(&job).await.is(401, "UNAUTHENTICATED");
    for wrong in ["swp_01KA9Q00000000000000000003", "exp_01KA9Q00000000000000000003", "everything"]
    {
        grace.get(&format!("/v1/jobs/{wrong}")).await.is(404, "NOT_FOUND");
    }
    world.edit(grace.id, |user| user.role = BuiltInRole::Staff).await;
    grace.get(&job).await.is(404, "NOT_FOUND");
    world.settle().await;
}

#[tokio::test]
async fn a_scan_requires_the_permission_and_a_valid_body() {
    let world = world().await;
    let (grace, bob) = (world.staff("grace", BuiltInRole::Admin).await, world.person("bob").await);
    let reader = world.staff("reader", BuiltInRole::Staff).await;
    for body in [json!({}), json!({"dryRun": true})] {
        world.anyone().post(SCAN_ALL, body.clone()).await.is(401, "UNAUTHENTICATED");
        bob.post(SCAN_ALL, body.clone()).await.is(403, "ADMIN_REQUIRED");
        reader.post(SCAN_ALL, body).await.is(403, "PERMISSION_DENIED");
    }
    for body in [
        json!({"rules": {"raiseAt": 50}}),
        json!({"dryRun": true, "rules": {"raiseAt": 0}}),
        json!({"dryRun": true, "rules": {"rules": {"key_burst": {"enabled": true, "weight": 101, "threshold": 1}}}}),
        json!({"dryRun": true, "rules": {"rules": {"star_sign": {"enabled": true, "weight": 10, "threshold": 1}}}}),
        json!({"dryRun": "yes"}),
        json!({"everybody": true}),
    ] {
        let reply = grace.post(SCAN_ALL, body).await;
        assert!(matches!(reply.status.as_u16(), 400 | 422), "{}", reply.text());
    }
    assert!(
        !items(&world, &world.app.store().names().operations)
            .await
            .iter()
            .any(|item| item.contains("SWEEP") || item.contains("OUTBOX#"))
    );
}

#[tokio::test]
async fn a_scan_out_of_time_is_continued_and_advances_with_each_run() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for n in 0..6 {
        world.person(&format!("{n}person")).await;
    }
    let id = job(&grace.post(SCAN_ALL, json!({})).await.status(202));
    for (traced, done, percent) in [(3, 0, 21), (6, 0, 42), (7, 0, 50), (7, 3, 71), (7, 6, 92)] {
        let outcome =
            fn_bulk_worker::full_scan::run(&world.app, id, 3, Deadline::within(Duration::ZERO))
                .await;
        assert_eq!(outcome, Outcome::Done);
        let so_far = grace.get(&format!("/v1/jobs/{id}")).await.ok();
        assert_eq!(
            (status(&so_far), &so_far["progress"]["traced"]),
            (("running", done, 7, percent), &json!(traced))
        );
    }
    world.settle().await;
    assert_eq!(status(&grace.get(&format!("/v1/jobs/{id}")).await.ok()), ("completed", 7, 7, 100));
}

#[tokio::test]
async fn a_scan_with_a_lost_message_resumes_on_the_next_request() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let id = without_message(&world, grace.id).await;
    world.advance(20 * MINUTE - 1);
    grace.renew().await;
    grace.post(SCAN_ALL, json!({})).await.status(202);
    assert_eq!(world.settle().await, 0, "its worker may still be running");
    world.advance(1);
    assert_eq!(job(&grace.post(SCAN_ALL, json!({})).await.status(202)), id);
    world.settle().await;
    assert_eq!(status(&grace.get(&format!("/v1/jobs/{id}")).await.ok()), ("completed", 1, 1, 100));
}

/// A scan that grace requested, without a message for it.
async fn without_message(world: &World, by: UserId) -> FraudScanId {
    let (store, now) = (world.app.store(), world.app.now());
    let rules = store.settings().await.unwrap().fraud;
    let scan = FullScan::new(
        world.app.id(FraudScanId::new),
        world.user(by).await.unwrap().pseudonym,
        false,
        rules,
        1,
        now,
    );
    let mut tx = world.app.transaction();
    tx.begin_full_scan(&scan, Slot::Real, None).unwrap();
    tx.commit().await.unwrap();
    scan.id
}

#[tokio::test]
async fn an_unreadable_account_does_not_stop_the_scan_of_others() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, mallory) = (world.person("ada").await, suspect(&world, "mallory").await);
    let table = &world.app.store().names().accounts;
    let key = provost_store::records::key(ada.id);
    world
        .emulators
        .dynamodb()
        .update_item()
        .table_name(table)
        .set_key(Some(key.attributes()))
        .update_expression("REMOVE pseudonym")
        .send()
        .await
        .unwrap();
    let id = job(&grace.post(SCAN_ALL, json!({})).await.status(202));
    world.settle().await;
    let done = grace.get(&format!("/v1/jobs/{id}")).await.ok();
    assert_eq!((status(&done), &done["progress"]["failed"]), (("completed", 3, 3, 100), &json!(1)));
    assert_eq!(
        grace.get(&format!("{ALERTS}?userId={}", mallory.id)).await.ok()["pagination"]["total"],
        1
    );
}

#[tokio::test]
async fn an_erasure_leaves_no_user_id_in_a_scan() {
    let world = world().await;
    let (root, grace) = (
        world.staff("root", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    let mallory = suspect(&world, "mallory").await;
    world.edit(mallory.id, |user| user.email = "mallory@user.example".parse().unwrap()).await;
    let rules = json!({"disposableDomains": ["user.example"]});
    let tried = grace.post(SCAN_ALL, json!({"dryRun": true, "rules": rules})).await;
    let real = grace.post(SCAN_ALL, json!({})).await;
    world.settle().await;
    let watched = grace.get(&tried.header("location")).await.ok();
    assert_eq!(watched["by_rule"]["disposable_email"]["sample"], json!([mallory.id]));
    for gone in [mallory.id, grace.id] {
        root.delete_with(
            &format!("/api/admin/users/{gone}"),
            json!({"confirmDelete": true, "reason": "asked"}),
        )
        .await
        .ok();
    }
    world.settle().await;
    for answer in [tried, real] {
        let left = FraudScanView::of(&full_scan(&world, job(&answer.json())).await, |_| None);
        assert!(left.by_rule.values().all(|tally| tally.sample.is_empty()));
        assert!(left.requested_by.parse::<Pseudonym>().is_ok());
    }
    let operations = items(&world, &world.app.store().names().operations).await;
    assert!(!operations.iter().any(|item| item.contains("SWEEP")
        && (item.contains(&mallory.id.to_string()) || item.contains(&grace.id.to_string()))));
}

#[tokio::test]
async fn an_invalid_message_fails_alone() {
    let world = world().await;
    let mallory = suspect(&world, "mallory").await;
    let scan = serde_json::to_string(&Message::FraudScan { user: mallory.id }).unwrap();
    let bodies = [
        "{\"type\":".to_owned(),
        json!({"type": "tea"}).to_string(),
        json!({"type": "deletion", "request": "del_01KA9Q00000000000000000003"}).to_string(),
        json!({"type": "fraud_sweep", "job": "swp_01KA9Q00000000000000000003"}).to_string(),
        json!({"type": "fraud_scan", "user": "usr_01KA9Q00000000000000000003"}).to_string(),
        scan,
    ];
    let answer =
        fn_bulk_worker::handle(world.app.clone(), raw_event(&bodies), ample()).await.unwrap();
    assert!(answer.batch_item_failures.is_empty(), "no message is retried: {answer:?}");
    assert_eq!(
        world.runner.dlq_depth("bulk").await.unwrap(),
        3,
        "messages about missing records are ignored, and the last one is processed"
    );
    assert_eq!(audited(&world, "fraud.alert_raised").await, 1);
    world.leaves("bulk", "the three invalid messages are dead-lettered");
}

#[tokio::test]
async fn a_poison_message_is_dead_lettered_and_does_not_block_others() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    world.runner.send_raw("bulk", "{\"type\":\"tea\"}").await.unwrap();
    let id = job(&grace.post(SCAN_ALL, json!({})).await.status(202));
    for _ in 0..6 {
        world.runner.settle().await;
        world.runner.release_all().await.unwrap();
    }
    assert_eq!(world.runner.dlq_depth("bulk").await.unwrap(), 1);
    assert_eq!(status(&grace.get(&format!("/v1/jobs/{id}")).await.ok()), ("completed", 1, 1, 100));
    world.leaves("bulk", "the poison message is dead-lettered");
}

#[tokio::test]
async fn a_new_rule_set_version_raises_new_alerts_that_name_it() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mallory = suspect(&world, "mallory").await;
    let mut rules = only(Rule::DisposableEmail);
    rules.rules.get_mut(&Rule::DisposableEmail).unwrap().enabled = false;
    let_count(&world, rules).await;
    grace.post(SCAN_ALL, json!({})).await.status(202);
    world.settle().await;
    assert_eq!(grace.get(ALERTS).await.ok()["pagination"]["total"], 0, "the rule is off");
    let on = let_count(&world, only(Rule::DisposableEmail)).await;
    let job = grace.post(SCAN_ALL, json!({})).await;
    world.settle().await;
    assert_eq!(grace.get(&job.header("location")).await.ok()["rule_set"], json!(on.version));
    let alerts = grace.get(ALERTS).await.ok();
    assert_eq!(
        (
            &alerts["pagination"]["total"],
            &alerts["data"][0]["ruleSet"],
            &alerts["data"][0]["userId"]
        ),
        (&json!(1), &json!(3), &json!(mallory.id))
    );
    assert!(
        !world
            .app
            .store()
            .fraud_rules(2)
            .await
            .unwrap()
            .unwrap()
            .setting(Rule::DisposableEmail)
            .enabled
    );
    assert!(
        world.app.store().fraud_rules(1).await.unwrap().is_some()
            && world.app.store().fraud_rules(4).await.unwrap().is_none()
    );
}
