//! Dry runs: what a rule set would raise before it takes effect.

use provost_domain::{
    BuiltInRole,
    fraud::{Rule, RuleSet},
};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_dry_run_counts_by_rule_gives_samples_and_raises_nothing() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut people = Vec::new();
    for n in 0..7 {
        people.push(world.person(&format!("{n}person")).await.id);
    }
    let rules = RuleSet {
        disposable_domains: vec!["user.example".to_owned()],
        ..only(Rule::DisposableEmail)
    };
    let started = grace
        .post(
            SCAN_ALL,
            json!({"dryRun": true, "rules": rules, "reason": "would it be too strict?"}),
        )
        .await;
    started.status(202);
    world.settle().await;
    let done = grace.get(&started.header("location")).await.ok();
    assert_eq!(
        (&done["status"], &done["dry_run"], &done["rule_set"], &done["raised"]),
        (&json!("completed"), &json!(true), &json!(2), &json!(7))
    );
    assert_eq!(
        done["by_rule"],
        json!({"disposable_email": {"accounts": 7, "alerts": 7, "sample": people[..5]}})
    );
    assert_eq!(grace.get(ALERTS).await.ok()["pagination"]["total"], 0);
    let names = world.app.store().names();
    assert!(
        !items(&world, &names.operations).await.iter().any(|item| item.contains("\"ALERT")),
        "sightings are written, alerts are not"
    );
    assert_eq!(
        (audited(&world, "fraud.scan_tried").await, audited(&world, "fraud.alert_raised").await),
        (1, 0)
    );
    assert_eq!(
        world.app.store().settings().await.unwrap().fraud.version,
        1,
        "a dry run does not change the rules"
    );
}

#[tokio::test]
async fn a_disabled_rule_can_be_tried_in_a_dry_run() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mallory = suspect(&world, "mallory").await;
    let mut off = only(Rule::DisposableEmail);
    off.rules.get_mut(&Rule::DisposableEmail).unwrap().enabled = false;
    let_count(&world, off).await;
    let current = grace.post(SCAN_ALL, json!({"dryRun": true})).await;
    world.settle().await;
    assert_eq!(grace.get(&current.header("location")).await.ok()["by_rule"], json!({}));
    let on = serde_json::to_value(only(Rule::DisposableEmail)).unwrap();
    let tried = grace.post(SCAN_ALL, json!({"dryRun": true, "rules": on})).await;
    world.settle().await;
    assert_eq!(
        grace.get(&tried.header("location")).await.ok()["by_rule"],
        json!({"disposable_email": {"accounts": 1, "alerts": 1, "sample": [mallory.id]}})
    );
}

#[tokio::test]
async fn a_rule_below_the_alert_threshold_is_still_counted() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    suspect(&world, "mallory").await;
    let soft = json!({"raiseAt": 90});
    let tried = grace.post(SCAN_ALL, json!({"dryRun": true, "rules": soft})).await;
    world.settle().await;
    let done = grace.get(&tried.header("location")).await.ok();
    assert_eq!(
        (&done["raised"], &done["by_rule"]["disposable_email"]),
        (&json!(0), &json!({"accounts": 1, "alerts": 0}))
    );
}

#[tokio::test]
async fn an_open_alert_is_counted_again_only_under_a_different_rule_set() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    alert(&world, &grace, "mallory").await;
    let same = grace.post(SCAN_ALL, json!({"dryRun": true})).await;
    world.settle().await;
    assert_eq!(grace.get(&same.header("location")).await.ok()["raised"], 0);
    let other = grace.post(SCAN_ALL, json!({"dryRun": true, "rules": {}})).await;
    world.settle().await;
    assert_eq!(grace.get(&other.header("location")).await.ok()["raised"], 1);
}

#[tokio::test]
async fn each_staff_member_runs_one_dry_run_at_a_time() {
    let world = world().await;
    let (grace, heidi) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
    );
    let (one, two) = (
        json!({"dryRun": true, "rules": {"raiseAt": 30}}),
        json!({"dryRun": true, "rules": {"raiseAt": 60}}),
    );
    let first = grace.post(SCAN_ALL, one.clone()).await.status(202);
    assert_eq!(grace.post(SCAN_ALL, one.clone()).await.status(202)["id"], first["id"]);
    assert_eq!(
        grace.post(SCAN_ALL, two.clone()).await.is(409, "INVALID_ACTION")["jobId"],
        first["id"]
    );
    let theirs = heidi.post(SCAN_ALL, two.clone()).await.status(202);
    let real = grace.post(SCAN_ALL, json!({})).await.status(202);
    assert!(
        theirs["id"] != first["id"] && real["id"] != first["id"],
        "they do not block each other"
    );
    world.settle().await;
    grace.post(SCAN_ALL, two).await.status(202);
    world.settle().await;
}
