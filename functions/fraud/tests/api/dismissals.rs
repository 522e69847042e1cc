//! Alerts dismissed by name or by a planned filter, whole even when it is interrupted.

use provost_domain::BuiltInRole;
use provost_testkit::KillPoint;
use serde_json::json;

use crate::support::*;

const DISMISS: &str = "/api/admin/fraud-alerts/dismiss";

#[tokio::test]
async fn alerts_are_dismissed_by_name_and_what_cannot_be_is_named() {
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
async fn a_filter_is_planned_and_then_carried_out() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for name in ["mallory", "trudy", "oscar"] {
        alert(&world, &grace, name).await;
    }
    grace.post(DISMISS, json!({"filter": {"rule": "disposable_email"}})).await.is(422, "VALIDATION_FAILED");
    let plan = grace.post(DISMISS, json!({"filter": {"rule": "disposable_email"}, "dryRun": true})).await.ok();
    assert_eq!((&plan["count"], &plan["dismissed"], plan["sample"].as_array().unwrap().len()), (&json!(3), &json!(0), 3));
    assert_eq!(grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"], 3, "a plan changes nothing");
    let other = world.staff("heidi", BuiltInRole::Admin).await;
    other.post(DISMISS, json!({"planId": plan["planId"]})).await.is(404, "NOT_FOUND");
    let done = grace.post(DISMISS, json!({"planId": plan["planId"]})).await.ok();
    assert_eq!(done["dismissed"], 3);
    assert_eq!(grace.get(&format!("{ALERTS}?status=dismissed")).await.ok()["pagination"]["total"], 3);
}

#[tokio::test]
async fn a_plan_whose_selection_changed_is_not_carried_out() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    alert(&world, &grace, "mallory").await;
    let plan = grace.post(DISMISS, json!({"filter": {"status": "open"}, "dryRun": true})).await.ok();
    let (_, new) = alert(&world, &grace, "trudy").await;
    grace.post(DISMISS, json!({"planId": plan["planId"]})).await.is(409, "PLAN_DRIFTED");
    assert_eq!(grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"], 2);
    grace.patch(&path(&new), json!({"status": "confirmed"})).await.ok();
    grace.post(DISMISS, json!({"planId": plan["planId"]})).await.ok();
    let late = grace.post(DISMISS, json!({"ids": [new["id"]], "dryRun": true})).await.is(409, "INVALID_ACTION");
    assert_eq!(late["blocked"][0]["id"], new["id"]);
}

#[tokio::test]
async fn an_empty_selection_is_an_error_and_a_plan_has_its_time() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    alert(&world, &grace, "mallory").await;
    for body in [
        json!({}),
        json!({"ids": []}),
        json!({"filter": {}, "dryRun": true}),
        json!({"filter": {"status": "dismissed"}, "dryRun": true}),
        json!({"ids": ["alr_01KA9Q00000000000000000003"], "filter": {"status": "open"}}),
    ] {
        grace.post(DISMISS, body).await.is(422, "VALIDATION_FAILED");
    }
    grace.post(DISMISS, json!({"filter": {"status": "escalated"}, "dryRun": true})).await.is(409, "INVALID_ACTION");
    let plan = grace.post(DISMISS, json!({"filter": {"status": "open"}, "dryRun": true})).await.ok();
    world.advance(provost_domain::time::HOUR);
    grace.renew().await;
    grace.post(DISMISS, json!({"planId": plan["planId"]})).await.is(404, "NOT_FOUND");
    let reader = world.staff("reader", BuiltInRole::Staff).await;
    reader.post(DISMISS, json!({"ids": []})).await.is(403, "PERMISSION_DENIED");
    world.anyone().post(DISMISS, json!({"ids": []})).await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_planned_dismissal_that_is_killed_at_any_call_is_carried_out_when_it_is_asked_again() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    // More than are written at once.
    for n in 0..27 {
        alert(&world, &grace, &format!("{n}thrown")).await;
    }
    let plan = grace.post(DISMISS, json!({"filter": {"status": "open"}, "dryRun": true})).await.ok();
    let carry_out = || grace.post(DISMISS, json!({"planId": plan["planId"]}));
    // Each kill leaves at most the first twenty-five dismissed, so later ones begin where an earlier one ended; that is what is tried.
    let mut at = 0_usize;
    loop {
        at += 1;
        world.seam.kill_at(if at % 2 == 1 { KillPoint::Before(at.div_ceil(2)) } else { KillPoint::After(at / 2) });
        let ended = world.seam.until_killed(carry_out()).await;
        world.seam.reset();
        if let Some(reply) = ended {
            reply.ok();
            break;
        }
    }
    carry_out().await.ok();
    assert_eq!(grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"], 0);
    assert_eq!(grace.get(&format!("{ALERTS}?status=dismissed")).await.ok()["pagination"]["total"], 27);
    assert_eq!(audited(&world, "fraud.alert_dismissed").await, 27, "each was dismissed once");
    assert!(at > 60, "the dismissal makes more calls than {at}");
}
