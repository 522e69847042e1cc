//! A world in which users upload files, and staff moderate them.

use std::time::Duration;

use fn_scheduler::RunReport;
use provost_auth::secret::hex_digest;
use provost_domain::{UserId, content::Content};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_store::item::Item;
use provost_testkit::{Roles, Someone, World};
use serde_json::{Value, json};

pub const FILES: &str = "/api/files";
pub const FLAGGED: &str = "/api/admin/files/flagged";
pub const FLAG: &str = "/api/admin/content/flag";
/// Ids that do not exist.
pub const NOTHING: &str = "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV";
pub const NO_URL: &str = "url_01ARZ3NDEKTSV4RRFFQ69G5FAV";
pub const SONG: &str = "la la la";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("moderation", fn_moderation::routes().router(app.clone())),
            Function::http("organisations", fn_organisations::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

pub fn file(name: &str, bytes: &str) -> Value {
    json!({
        "name": name, "contentType": "audio/mpeg", "size": bytes.len(), "sha256": hex_digest(bytes),
    })
}

pub fn id(view: &Value) -> String {
    view["id"].as_str().expect("an id").to_owned()
}

pub fn path(file: &Value) -> String {
    format!("{FILES}/{}", id(file))
}

/// The path at which staff flag (`flag`) or unflag (`unflag`) a file.
pub fn staff_path(file: &Value, what: &str) -> String {
    format!("/api/admin/files/{}/{what}", id(file))
}

pub fn content_path(file: &Value) -> String {
    format!("/api/admin/content/{}", id(file))
}

/// Uploads bytes as the answer of a registration says, with some headers changed; returns the
/// status.
pub async fn put(file: &Value, bytes: &str, changed: &[(&str, &str)]) -> u16 {
    let upload = &file["upload"];
    assert_eq!(upload["method"], "PUT");
    let mut request = provost_testkit::http().put(upload["url"].as_str().expect("a URL"));
    for (name, value) in upload["headers"].as_object().expect("headers") {
        let changed = changed.iter().find(|(changed, _)| changed.eq_ignore_ascii_case(name));
        let value = changed.map_or(value.as_str().expect("a text"), |(_, value)| value);
        // The client sets the length by itself.
        if !name.eq_ignore_ascii_case("content-length") {
            request = request.header(name, value);
        }
    }
    let answer = request.body(bytes.to_owned()).send().await.expect("the bucket responds");
    answer.status().as_u16()
}

/// An uploaded file of a user.
pub async fn uploaded(owner: &Someone<'_>, name: &str, bytes: &str) -> Value {
    let file = owner.post(FILES, file(name, bytes)).await.status(201);
    assert_eq!(put(&file, bytes, &[]).await, 200);
    file
}

pub async fn fetched(url: &Value) -> (u16, String, String) {
    let url = url.as_str().expect("a URL");
    let answer = provost_testkit::http().get(url).send().await.expect("the bucket responds");
    let status = answer.status().as_u16();
    let disposition = answer
        .headers()
        .get("content-disposition")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    (status, disposition, answer.text().await.expect("a text"))
}

pub async fn stored(world: &World, file: &Value) -> Option<Content> {
    let id = id(file).parse().expect("an id of content");
    world.app.store().content(id).await.expect("the table responds")
}

/// What an account stores: bytes and files.
pub async fn usage(world: &World, user: UserId) -> (u64, u64) {
    let user = world.user(user).await.expect("the account exists");
    (user.storage_used, user.total_files)
}

/// The keys of a user's objects, one for each version.
pub async fn objects(world: &World, user: UserId) -> Vec<String> {
    let (store, prefix) = (world.app.store(), format!("users/{user}/"));
    let (versions, _) = store
        .object_versions(&store.names().files, &prefix, None)
        .await
        .expect("the bucket responds");
    versions.into_iter().map(|version| version.key.trim_start_matches(&prefix).to_owned()).collect()
}

/// The successful actions in the audit log about a user, oldest first.
pub async fn actions(world: &World, user: UserId) -> Vec<String> {
    let pseudonym = world.user(user).await.expect("the account exists").pseudonym;
    let mut entries =
        world.app.store().recent_entries_about(pseudonym, 1000).await.expect("the table responds");
    entries.retain(|entry| entry.success);
    entries.sort_by_key(|entry| entry.id);
    entries.into_iter().map(|entry| entry.action).collect()
}

/// Runs the scheduler with the rights of its role.
pub async fn tick(world: &World) -> RunReport {
    let before = world.interceptor.spent().rights;
    let deadline = Deadline::within(Duration::from_secs(240));
    let report = fn_scheduler::handle(world.app.clone(), json!({ "job": "due" }), deadline).await;
    Roles::read().demand("scheduler", world.interceptor.spent().rights.difference(&before));
    report.expect("everything due can be done")
}

/// The texts of the emails to a user.
pub async fn emails(world: &World, person: &Someone<'_>) -> Vec<String> {
    world.settle().await;
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &format!("USER#{}", person.id), None)
        .await
        .expect("the table responds");
    let emails = keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).collect();
    let items = store.batch_get(&store.names().accounts, emails, true).await.expect("emails");
    let body = |item: &Item| item.get("body").and_then(|body| body.as_s().ok().cloned());
    items.iter().filter_map(body).collect()
}
