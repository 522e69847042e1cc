//! A second person approves or rejects bulk actions that are large or touch staff.

use provost_domain::{BuiltInRole, Permission, Status, UserId, time::DAY};
use provost_testkit::{KillPoint, Someone, World};
use serde_json::{Value, json};

use crate::{
    stage::*,
    updating::{role, update},
};

async fn crowd(world: &World, count: usize) -> Vec<UserId> {
    let mut users = Vec::new();
    for n in 0..count {
        users.push(world.person(&format!("u{n}")).await.id);
    }
    users
}

/// Plans a suspension of these users, and starts it.
async fn suspend(by: &Someone<'_>, users: &[UserId]) -> (Value, Value) {
    let body =
        json!({ "user_ids": users, "status": "suspended", "reason": REASON, "dry_run": true });
    let plan = by.post(UPDATE, body).await.ok();
    let started = by.post(UPDATE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    (plan, started)
}

/// The ids of the jobs that wait for somebody's approval.
async fn waiting(by: &Someone<'_>) -> Vec<String> {
    let list = by.get("/v1/jobs").await.ok();
    let jobs = list["data"].as_array().expect("a list").iter();
    let ids: Vec<String> = jobs.map(|job| job["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(list["pagination"]["total"], ids.len());
    ids
}

/// A root administrator who starts jobs, one who decides, and two users.
struct Scene<'w> {
    world: &'w World,
    maker: Someone<'w>,
    second: Someone<'w>,
    users: Vec<UserId>,
}

impl<'w> Scene<'w> {
    /// Every bulk action needs an approval here.
    async fn new(world: &'w World) -> Self {
        let (maker, second) = (root(world).await, world.staff("second", BuiltInRole::Admin).await);
        set_threshold(&maker, Some(0)).await;
        let users = crowd(world, 2).await;
        settle(world).await;
        Self { world, maker, second, users }
    }

    async fn started(&self) -> Value {
        suspend(&self.maker, &self.users).await.1
    }

    async fn statuses(&self) -> Vec<&'static str> {
        let mut all = Vec::new();
        for user in &self.users {
            all.push(status(self.world, *user).await);
        }
        all
    }

    async fn decide(
        &self,
        by: &Someone<'_>,
        started: &Value,
        wanted: &str,
    ) -> provost_testkit::Reply {
        by.post(&decision(started, wanted), json!({})).await
    }
}

#[tokio::test]
async fn more_users_than_the_threshold_wait_for_a_second_person() {
    let world = world().await;
    let root = root(&world).await;
    let users = crowd(&world, 101).await;
    let (plan, started) = suspend(&root, &users[..100]).await;
    assert_eq!((&plan["requires_approval"], &started["status"]), (&json!(false), &json!("queued")));
    let (plan, started) = suspend(&root, &users).await;
    assert_eq!(plan["requires_approval"], true);
    assert_eq!(
        (&started["status"], &started["planned"]),
        (&json!("awaiting_approval"), &json!(101))
    );
    settle(&world).await;
    assert_eq!(status(&world, users[100]).await, "active");
    assert_eq!(job(&root, &started).await["status"], "awaiting_approval");
}

#[tokio::test]
async fn one_staff_member_is_enough_with_or_without_a_plan() {
    let world = world().await;
    let (root, second) = (root(&world).await, world.staff("second", BuiltInRole::RootAdmin).await);
    let (ada, sam) = (world.person("ada").await, world.staff("sam", BuiltInRole::Staff).await);
    let (plan, started) = suspend(&root, &[ada.id, sam.id]).await;
    assert_eq!((&plan["requires_approval"], &started["staff"]), (&json!(true), &json!(1)));
    assert_eq!(started["status"], "awaiting_approval");
    let body = json!({ "user_ids": ids(&[&sam]) });
    let unplanned = root.delete_with(DELETE, body).await.status(202);
    assert_eq!(unplanned["status"], "awaiting_approval");
    settle(&world).await;
    assert_eq!(status(&world, sam.id).await, "active");
    second.post(&decision(&unplanned, "approve"), json!({})).await.ok();
    settle(&world).await;
    assert_eq!(status(&world, sam.id).await, "deleted");
    // Staff who are left out do not count.
    let (plan, started) = suspend(&root, &[ada.id, root.id]).await;
    assert_eq!((&plan["requires_approval"], &started["status"]), (&json!(false), &json!("queued")));
    settle(&world).await;
}

#[tokio::test]
async fn an_approved_job_is_carried_out_in_the_name_of_its_starter_and_can_be_undone() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let Scene { maker, second, users, .. } = &scene;
    let started = scene.started().await;
    assert_eq!(waiting(second).await, [job_id(&started).to_string()]);
    // Nobody approves what they started.
    assert_eq!(waiting(maker).await, [""; 0]);
    let shown = job(maker, &started).await;
    assert_eq!(shown["approval"]["may_decide"], false);
    assert_eq!(shown["approval"]["until"], world.app.now().plus(DAY).to_string());
    // The approver sees what they decide about.
    let seen = job(second, &started).await;
    assert_eq!((&seen["approval"]["may_decide"], &seen["planned"]), (&json!(true), &json!(2)));
    assert_eq!((&seen["requested_by"], &seen["reason"]), (&json!(maker.id), &json!(REASON)));
    assert_eq!(seen["change"]["status"], "suspended");
    let planned = items(second, &started).await;
    assert_eq!(planned.values().map(String::as_str).collect::<Vec<_>>(), ["planned", "planned"]);
    let path = format!("/v1/jobs/{}/items?outcome=blocked", job_id(&started));
    assert_eq!(second.get(&path).await.ok()["pagination"]["total"], 0);

    let reason = json!({ "reason": "Checked with legal." });
    let approved = second.post(&decision(&started, "approve"), reason).await.ok();
    assert_eq!(
        (&approved["status"], &approved["approved_by"]),
        (&json!("queued"), &json!(second.id))
    );
    assert_eq!(waiting(second).await, [""; 0]);
    settle(&world).await;
    let done = job(maker, &started).await;
    assert_eq!((&done["status"], &done["outcomes"]["done"]), (&json!("completed"), &json!(2)));
    assert_eq!(done["approved_by"], json!(second.id));
    assert_eq!(done["approval"]["reason"], "Checked with legal.");
    assert_eq!(scene.statuses().await, ["suspended", "suspended"]);
    let log = maker.get(&format!("/v1/users/{}/audit-logs?limit=200", users[0])).await.ok();
    let change = log["data"].as_array().expect("a list").iter();
    let change = change
        .clone()
        .find(|entry| entry["action"] == "user.banned" || entry["action"] == "user.suspended");
    assert_eq!(change.expect("the change")["actor"]["id"], json!(maker.id), "{log}");

    // The second person neither cancels nor undoes it. Its undo needs no approval.
    second.post(&decision(&started, "undo"), json!({})).await.is(404, "NOT_FOUND");
    let undone = undo(&world, maker, &started).await;
    assert_eq!((&undone["status"], undone.get("approval")), (&json!("completed"), None));
    assert_eq!(scene.statuses().await, ["active", "active"]);
}

#[tokio::test]
async fn the_maker_of_a_job_cannot_decide_about_it() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let started = scene.started().await;
    for wanted in ["approve", "reject"] {
        scene.decide(&scene.maker, &started, wanted).await.is(403, "SECOND_PERSON_REQUIRED");
    }
    assert_eq!(job(&scene.maker, &started).await["status"], "awaiting_approval");
    assert_eq!(scene.statuses().await, ["active", "active"]);
}

#[tokio::test]
async fn only_staff_with_the_permissions_of_the_action_see_and_decide_about_a_job() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let started = scene.started().await;
    let path = format!("/v1/jobs/{}", job_id(&started));
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    let ada = world.person("ada").await;
    world.edit(clerk.id, |clerk| clerk.grants.extend([Permission::UserUpdate])).await;
    assert_eq!(waiting(&clerk).await, [""; 0]);
    ada.get("/v1/jobs").await.is(403, "ADMIN_REQUIRED");
    for by in [&clerk, &ada] {
        by.get(&path).await.is(404, "NOT_FOUND");
        by.get(&format!("{path}/items")).await.is(404, "NOT_FOUND");
        for wanted in ["approve", "reject", "cancel"] {
            scene.decide(by, &started, wanted).await.is(404, "NOT_FOUND");
        }
    }
    world.anyone().post(&decision(&started, "approve"), json!({})).await.is(401, "UNAUTHENTICATED");
    scene.decide(&scene.second, &started, "cancel").await.is(404, "NOT_FOUND");
    world.edit(clerk.id, |clerk| clerk.grants.extend([Permission::UserSuspend])).await;
    scene.decide(&clerk, &started, "approve").await.ok();
    settle(&world).await;
    assert_eq!(scene.statuses().await, ["suspended", "suspended"]);
}

#[tokio::test]
async fn nobody_approves_what_concerns_themselves_or_staff_above_them() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let (admin, other) = (&scene.second, world.staff("other", BuiltInRole::Admin).await);
    let (_, started) = suspend(&scene.maker, &[admin.id]).await;
    scene.decide(admin, &started, "approve").await.is(409, "CANNOT_MODIFY_SELF");
    scene.decide(&other, &started, "approve").await.is(403, "OUTRANKED");
    // What they may not approve, they may stop.
    scene.decide(&other, &started, "reject").await.ok();
    let reader = role(&scene.maker, "reader", &["mail.logs"]).await;
    let body = json!({ "user_ids": scene.users, "roles": { "add": [reader] }, "reason": REASON });
    let started = scene.maker.post(UPDATE, body).await.status(202);
    world.edit(other.id, |other| other.grants.extend([Permission::RoleAssign])).await;
    let refused = scene.decide(&other, &started, "approve").await.is(403, "SUPERADMIN_REQUIRED");
    assert_eq!(refused["missing"], json!(["mail.logs"]));
}

#[tokio::test]
async fn a_rejected_cancelled_or_expired_job_changes_nobody() {
    let world = world().await;
    let mut scene = Scene::new(&world).await;
    let rejected = scene.started().await;
    let reason = json!({ "reason": "These are our testers." });
    let shown = scene.second.post(&decision(&rejected, "reject"), reason).await.ok();
    assert_eq!(
        (&shown["status"], &shown["approval"]["approved"]),
        (&json!("rejected"), &json!(false))
    );
    assert_eq!(shown.get("approved_by"), None);
    let cancelled = scene.started().await;
    let shown = scene.decide(&scene.maker, &cancelled, "cancel").await.ok();
    assert_eq!(shown["status"], "cancelled");
    let expired = scene.started().await;
    world.advance(DAY);
    scene.maker.renew().await;
    scene.second.renew().await;
    assert_eq!(waiting(&scene.second).await, [""; 0]);
    for (started, status) in
        [(&rejected, "rejected"), (&cancelled, "cancelled"), (&expired, "expired")]
    {
        assert_eq!(job(&scene.maker, started).await["status"], status);
        for wanted in ["approve", "reject"] {
            scene.decide(&scene.second, started, wanted).await.is(409, "INVALID_ACTION");
        }
        scene.decide(&scene.maker, started, "cancel").await.is(409, "INVALID_ACTION");
        scene.decide(&scene.maker, started, "undo").await.is(409, "INVALID_ACTION");
    }
    settle(&world).await;
    assert_eq!(scene.statuses().await, ["active", "active"]);
}

#[tokio::test]
async fn a_job_is_decided_once() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let third = world.staff("third", BuiltInRole::Admin).await;
    let started = scene.started().await;
    let answers = tokio::join!(
        scene.decide(&scene.second, &started, "approve"),
        scene.decide(&third, &started, "reject"),
        scene.decide(&scene.maker, &started, "cancel"),
    );
    let codes = [&answers.0, &answers.1, &answers.2].map(provost_testkit::Reply::code);
    assert_eq!(codes.iter().filter(|code| *code == "INVALID_ACTION").count(), 2, "{codes:?}");
    settle(&world).await;
    let left = scene.statuses().await;
    let approved = job(&scene.maker, &started).await["approved_by"].is_string();
    assert_eq!(left == ["suspended", "suspended"], approved, "{left:?}");
}

#[tokio::test]
async fn a_job_stops_when_its_approver_may_not_do_it_any_more() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let started = scene.started().await;
    scene.decide(&scene.second, &started, "approve").await.ok();
    world.edit(scene.second.id, |user| user.status = Status::Inactive).await;
    settle(&world).await;
    let shown = job(&scene.maker, &started).await;
    assert_eq!((&shown["status"], &shown["outcomes"]["done"]), (&json!("failed"), &json!(0)));
    assert!(shown["error"].as_str().is_some_and(|error| error.contains("approved")), "{shown}");
}

#[tokio::test]
async fn the_setting_counts_when_a_plan_is_carried_out() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    set_threshold(&scene.maker, None).await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let body =
        json!({ "user_ids": [sam.id], "status": "suspended", "reason": REASON, "dry_run": true });
    let plan = scene.maker.post(UPDATE, body).await.ok();
    assert_eq!(plan["requires_approval"], false);
    set_threshold(&scene.maker, Some(10_000)).await;
    let started = scene.maker.post(UPDATE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    assert_eq!(started["status"], "awaiting_approval");
    // A plan that is carried out again is the same job.
    let again = scene.maker.post(UPDATE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    assert_eq!(again["id"], started["id"]);
    let value = json!({ "value": { "threshold": 10_001 } });
    let refused = scene.maker.put("/api/admin/settings/bulkApproval", value).await;
    refused.is(422, "VALIDATION_FAILED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_approval_is_given_or_not_and_a_retry_leads_to_one_change() {
    let world = world().await;
    let scene = Scene::new(&world).await;
    let first = scene.started().await;
    world.interceptor.reset();
    scene.decide(&scene.second, &first, "approve").await.ok();
    let calls = world.interceptor.calls();
    settle(&world).await;
    undo(&world, &scene.maker, &first).await;
    let points = (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]);
    for (round, point) in points.enumerate() {
        let started = scene.started().await;
        world.interceptor.kill_at(point);
        let killed =
            world.interceptor.until_killed(scene.decide(&scene.second, &started, "approve"));
        assert!(killed.await.is_none(), "{point:?} was never reached");
        world.interceptor.reset();
        let retried = scene.decide(&scene.second, &started, "approve").await;
        let before = job(&scene.maker, &started).await;
        assert!(before["approved_by"].is_string(), "{point:?}: {} {before}", retried.code());
        settle(&world).await;
        let done = job(&scene.maker, &started).await;
        assert_eq!(
            (&done["status"], &done["outcomes"]["done"]),
            (&json!("completed"), &json!(2)),
            "{point:?}"
        );
        assert_eq!(scene.statuses().await, ["suspended", "suspended"], "{point:?}");
        for user in &scene.users {
            let changes = audited(&scene.maker, *user, "user.suspended").await;
            assert_eq!(changes, round + 2, "{point:?}");
        }
        undo(&world, &scene.maker, &started).await;
    }
}

#[tokio::test]
async fn small_actions_without_staff_need_nobody() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let done = update(&world, &root, &[&ada], json!({ "status": "inactive" })).await;
    assert_eq!((&done["status"], done.get("approval")), (&json!("completed"), None));
    let path = format!("/v1/jobs/{}/approve", job_id(&done));
    let other = world.staff("other", BuiltInRole::RootAdmin).await;
    other.post(&path, json!({})).await.is(404, "NOT_FOUND");
    root.post(&path, json!({})).await.is(409, "INVALID_ACTION");
}
