//! A world with all functions that a bulk action needs, and the requests that many tests send.

use std::{collections::BTreeMap, time::Duration};

use provost_domain::{BuiltInRole, BulkJobId, UserId, deletion::Hold};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub const DELETE: &str = "/v1/users/bulk/delete";
pub const UPDATE: &str = "/v1/users/bulk/update";
pub const REASON: &str = "as agreed with support";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("users", fn_users::routes().router(app.clone())),
            Function::http("roles", fn_roles::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::http("settings", fn_settings::routes().router(app.clone())),
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
            Function::worker_over("index-worker", app, fn_index_worker::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
            Function::worker_over("bulk-worker", app, fn_bulk_worker::handle),
            Function::worker_over("outbox", app, fn_outbox::handle),
        ]
    })
    .await
}

pub async fn root(world: &World) -> Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

/// Delivers everything and makes the user index current.
pub async fn settle(world: &World) {
    world.settle().await;
    world.pass(2_000).await;
    world.settle().await;
}

/// These users by id.
pub fn ids(users: &[&Someone<'_>]) -> Value {
    users.iter().map(|user| user.id.to_string()).collect()
}

/// The codes of those whom a plan leaves out, by user id.
pub fn blocked(plan: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let blocked = plan["blocked"].as_array().expect("a list");
    blocked.iter().map(|user| (text(&user["user_id"]), text(&user["code"]))).collect()
}

pub fn job_id(answer: &Value) -> BulkJobId {
    answer["id"].as_str().expect("an id").parse().expect("the id of a bulk job")
}

/// Plans a deletion.
pub async fn plan_deletion(by: &Someone<'_>, selection: Value) -> Value {
    let mut body = selection;
    body["dry_run"] = json!(true);
    by.delete_with(DELETE, body).await.ok()
}

/// Carries out a plan of a deletion and delivers everything.
pub async fn carry_out(world: &World, by: &Someone<'_>, plan: &Value) -> Value {
    let started = by.delete_with(DELETE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    approve_if_needed(world, &started).await;
    settle(world).await;
    job(by, &started).await
}

/// Lets another root administrator approve a job that waits for it.
pub async fn approve_if_needed(world: &World, started: &Value) {
    if started["status"] == "awaiting_approval" {
        let id = job_id(started).to_string().to_lowercase();
        let second = world.staff(&format!("second-{id}"), BuiltInRole::RootAdmin).await;
        second.post(&decision(started, "approve"), json!({})).await.ok();
    }
}

/// The path of a decision about a job.
pub fn decision(started: &Value, decision: &str) -> String {
    format!("/v1/jobs/{}/{decision}", job_id(started))
}

/// Sets the number of users up to which bulk actions need no approval; none if none needs it.
pub async fn set_threshold(root: &Someone<'_>, threshold: Option<u64>) {
    let value = json!({ "value": { "threshold": threshold } });
    root.put("/api/admin/settings/bulkApproval", value).await.ok();
}

/// A job as it is now.
pub async fn job(by: &Someone<'_>, started: &Value) -> Value {
    by.get(&format!("/v1/jobs/{}", job_id(started))).await.ok()
}

/// Undoes a job and delivers everything.
pub async fn undo(world: &World, by: &Someone<'_>, done: &Value) -> Value {
    let path = format!("/v1/jobs/{}/undo", job_id(done));
    let started = by.post(&path, json!({})).await.status(202);
    settle(world).await;
    job(by, &started).await
}

/// What became of each user of a job: outcome, and code if there is one.
pub async fn items(by: &Someone<'_>, done: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/jobs/{}/items?limit=2{cursor}", job_id(done));
        let page = by.get(&path).await.ok();
        for item in page["data"].as_array().expect("a list") {
            let user = item["user_id"].as_str().expect("an id").to_owned();
            let outcome = item["outcome"].as_str().expect("an outcome");
            let text = match item["code"].as_str() {
                Some(code) => format!("{outcome} {code}"),
                None => outcome.to_owned(),
            };
            assert!(found.insert(user, text).is_none(), "each user is listed once");
        }
        match page["pagination"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

pub async fn status(world: &World, user: UserId) -> &'static str {
    world.user(user).await.expect("the user").status.as_str()
}

/// Places a legal hold on an account.
pub async fn hold(world: &World, user: UserId) {
    let (by, at) = (world.user(user).await.expect("the user").pseudonym, world.app.now());
    let hold = Hold { reason: "a court asked".to_owned(), by, at };
    world.edit(user, |user| *user = user.clone().place_hold(hold, at).expect("no hold")).await;
}

/// The emails of a template by address.
pub async fn emails(root: &Someone<'_>, template: &str) -> BTreeMap<String, Vec<String>> {
    let path = format!("/api/admin/email/logs?template={template}&limit=200");
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for email in root.get(&path).await.ok()["data"].as_array().expect("a list") {
        let text = |name: &str| email[name].as_str().unwrap_or_default().to_owned();
        found.entry(text("to")).or_default().push(text("body"));
    }
    found
}

/// The number of audit entries about a user with this action.
pub async fn audited(root: &Someone<'_>, user: UserId, action: &str) -> usize {
    let path = format!("/v1/users/{user}/audit-logs?limit=200");
    let log = root.get(&path).await.ok();
    let entries = log["data"].as_array().expect("a list");
    entries.iter().filter(|entry| entry["action"] == action).count()
}

pub fn ample() -> Deadline {
    Deadline::within(Duration::from_secs(900))
}
