//! Alerts dismissed by id or by a planned filter. An interrupted dismissal can be completed.

use std::pin::pin;

use provost_domain::{
    AlertId, BuiltInRole,
    fraud::{Alert, AlertStatus},
};
use provost_testkit::{KillPoint, World};
use serde_json::{Value, json};

use crate::support::*;

const DISMISS: &str = "/api/admin/fraud-alerts/dismiss";

#[tokio::test]
async fn alerts_are_dismissed_by_id_and_blocked_ones_are_listed() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (_, one) = alert(&world, &grace, "mallory").await;
    let (_, two) = alert(&world, &grace, "trudy").await;
    grace.patch(&path(&two), json!({"status": "confirmed"})).await.ok();
    let answer =
        grace.post(DISMISS, json!({"ids": [one["id"], two["id"], "alr_01KA9Q00000000000000000003"], "reason": "a test"})).await.ok();
    assert_eq!((&answer["dismissed"], answer["blocked"].as_array().unwrap().len()), (&json!(1), 2));
    assert_eq!(grace.get(&path(&one)).await.ok()["status"], "dismissed");
    assert_eq!(grace.get(&path(&two)).await.ok()["status"], "confirmed");
    grace.post(DISMISS, json!({"ids": [one["id"]]})).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_dismissal_by_filter_is_planned_and_then_executed() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for name in ["mallory", "trudy", "oscar"] {
        alert(&world, &grace, name).await;
    }
    grace
        .post(DISMISS, json!({"filter": {"rule": "disposable_email"}}))
        .await
        .is(422, "VALIDATION_FAILED");
    let plan = grace
        .post(DISMISS, json!({"filter": {"rule": "disposable_email"}, "dryRun": true}))
        .await
        .ok();
    assert_eq!(
        (&plan["count"], &plan["dismissed"], plan["sample"].as_array().unwrap().len()),
        (&json!(3), &json!(0), 3)
    );
    assert_eq!(
        grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"],
        3,
        "a plan changes nothing"
    );
    let other = world.staff("heidi", BuiltInRole::Admin).await;
    other.post(DISMISS, json!({"planId": plan["planId"]})).await.is(404, "NOT_FOUND");
    let done = grace.post(DISMISS, json!({"planId": plan["planId"]})).await.ok();
    assert_eq!(done["dismissed"], 3);
    assert_eq!(
        grace.get(&format!("{ALERTS}?status=dismissed")).await.ok()["pagination"]["total"],
        3
    );
}

#[tokio::test]
async fn a_plan_is_not_executed_after_its_selection_changed() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    alert(&world, &grace, "mallory").await;
    let plan =
        grace.post(DISMISS, json!({"filter": {"status": "open"}, "dryRun": true})).await.ok();
    let (_, new) = alert(&world, &grace, "trudy").await;
    grace.post(DISMISS, json!({"planId": plan["planId"]})).await.is(409, "PLAN_DRIFTED");
    assert_eq!(grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"], 2);
    grace.patch(&path(&new), json!({"status": "confirmed"})).await.ok();
    grace.post(DISMISS, json!({"planId": plan["planId"]})).await.ok();
    let late = grace
        .post(DISMISS, json!({"ids": [new["id"]], "dryRun": true}))
        .await
        .is(409, "INVALID_ACTION");
    assert_eq!(late["blocked"][0]["id"], new["id"]);
}

#[tokio::test]
async fn an_empty_selection_is_an_error_and_a_plan_expires() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    alert(&world, &grace, "mallory").await;
    for body in [
        json!({}),
        json!({"ids": []}),
        json!({"filter": {}, "dryRun": true}),
        json!({"filter": {"status": "dismissed"}, "dryRun": true}),
        json!({"filter": {"createdAfter": "2026-11-21T00:00:00.000Z", "createdBefore": "2026-11-20T00:00:00.000Z"}, "dryRun": true}),
        json!({"ids": ["alr_01KA9Q00000000000000000003"], "filter": {"status": "open"}}),
    ] {
        grace.post(DISMISS, body).await.is(422, "VALIDATION_FAILED");
    }
    grace
        .post(DISMISS, json!({"filter": {"status": "escalated"}, "dryRun": true}))
        .await
        .is(409, "INVALID_ACTION");
    let plan =
        grace.post(DISMISS, json!({"filter": {"status": "open"}, "dryRun": true})).await.ok();
    world.advance(provost_domain::time::HOUR);
    grace.renew().await;
    grace.post(DISMISS, json!({"planId": plan["planId"]})).await.is(404, "NOT_FOUND");
    let reader = world.staff("reader", BuiltInRole::Staff).await;
    reader.post(DISMISS, json!({"ids": []})).await.is(403, "PERMISSION_DENIED");
    world.anyone().post(DISMISS, json!({"ids": []})).await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_planned_dismissal_killed_at_any_call_completes_on_retry() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    // More than one batch of writes.
    for n in 0..27 {
        alert(&world, &grace, &format!("{n}thrown")).await;
    }
    let plan =
        grace.post(DISMISS, json!({"filter": {"status": "open"}, "dryRun": true})).await.ok();
    let carry_out = || grace.post(DISMISS, json!({"planId": plan["planId"]}));
    // Each kill leaves at most the first twenty-five dismissed, so later attempts resume where an
    // earlier attempt ended. The test covers those resumptions.
    let mut at = 0_usize;
    loop {
        at += 1;
        world.interceptor.kill_at(if at % 2 == 1 {
            KillPoint::Before(at.div_ceil(2))
        } else {
            KillPoint::After(at / 2)
        });
        let ended = world.interceptor.until_killed(carry_out()).await;
        world.interceptor.reset();
        if let Some(reply) = ended {
            reply.ok();
            break;
        }
    }
    let again = carry_out().await.ok();
    assert_eq!(
        (&again["count"], &again["dismissed"], &again["blocked"]),
        (&json!(27), &json!(27), &json!([])),
        "the total of all attempts"
    );
    assert_eq!(grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"], 0);
    assert_eq!(
        grace.get(&format!("{ALERTS}?status=dismissed")).await.ok()["pagination"]["total"],
        27
    );
    assert_eq!(audited(&world, "fraud.alert_dismissed").await, 27, "each was dismissed once");
    assert!(at > 60, "the dismissal makes more calls than {at}");
}

#[tokio::test]
async fn an_alert_decided_meanwhile_is_blocked_and_the_others_are_dismissed() {
    let world = world().await;
    let (grace, heidi) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
    );
    let mut ids = Vec::new();
    // Two batches; the oldest alert comes last.
    for n in 0..40 {
        ids.push(alert(&world, &grace, &format!("{n}thrown")).await.1["id"].clone());
    }
    world.interceptor.reset();
    let mut dismissal = pin!(grace.post(DISMISS, json!({"ids": ids})));
    // The first batch takes about fifty-five calls, the second thirty more.
    let in_the_second_part = async {
        while world.interceptor.calls() < 70 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut dismissal => panic!("the dismissal has not finished"),
        () = in_the_second_part => {}
    }
    heidi
        .patch(&format!("{ALERTS}/{}", ids[0].as_str().unwrap()), json!({"status": "confirmed"}))
        .await
        .ok();
    let answer = dismissal.await.ok();
    assert_eq!(
        (&answer["count"], &answer["dismissed"], &answer["blocked"]),
        (
            &json!(40),
            &json!(39),
            &json!([{"id": ids[0], "why": "This alert is confirmed. This status is final."}])
        )
    );
}

/// Raises this many copies of an alert, each for a different user and one millisecond after the
/// previous one, under a version of the rules.
async fn raise_many(world: &World, like: &Value, many: usize, rule_set: u64) {
    let like: AlertId = like["id"].as_str().unwrap().parse().unwrap();
    let like = world.app.store().alert(like).await.unwrap().unwrap();
    for n in 0..many {
        world.advance(1);
        let (id, user_id) =
            (world.app.id(AlertId::new), world.person(&format!("{n}of{rule_set}")).await.id);
        let alert = Alert {
            id,
            user_id,
            rule_set,
            status: AlertStatus::Open,
            created_at: world.app.now(),
            ..like.clone()
        };
        let mut tx = world.app.transaction();
        tx.raise_alert(&alert, None).unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn many_alerts_are_dismissed_in_parts_by_time_or_by_rule_set() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (_, first) = alert(&world, &grace, "mallory").await;
    raise_many(&world, &first, 3, 7).await;
    raise_many(&world, &first, 200, 8).await;
    let plan =
        async |filter: Value| grace.post(DISMISS, json!({"filter": filter, "dryRun": true})).await;
    let refused = plan(json!({"status": "open"})).await.is(422, "VALIDATION_FAILED");
    let newest =
        plan(json!({"status": "open", "createdAfter": refused["createdAfter"]})).await.ok();
    assert_eq!(newest["count"], 200, "the error gives the `createdAfter` for the next part");
    assert_eq!(
        plan(json!({"createdBefore": newest["sample"][9]["createdAt"], "ruleSet": 8})).await.ok()["count"],
        190
    );
    assert_eq!(plan(json!({"ruleSet": 7})).await.ok()["count"], 3);
    assert_eq!(plan(json!({"ruleSet": 1, "maxScore": first["score"]})).await.ok()["count"], 1);
    plan(json!({"ruleSet": 1, "maxScore": 1})).await.is(409, "INVALID_ACTION");
}
