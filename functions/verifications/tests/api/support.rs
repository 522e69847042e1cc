//! A world in which users verify themselves, and minimal images.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_domain::UserId;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub const STUDENT: &str = "/api/verifications/student";
pub const IDENTITY: &str = "/api/verifications/identity";
pub const LIST: &str = "/api/admin/verifications";
pub const EDUCATIONAL: &str = "prd_00000000000000000000000003";
pub const PDF: &[u8] = b"%PDF-1.7 and so on\n%%EOF\n";
/// Ids that do not exist.
pub const NOBODY: &str = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
pub const NOTHING: &str = "ver_01ARZ3NDEKTSV4RRFFQ69G5FAV";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("verifications", fn_verifications::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("billing", fn_billing::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        ]
    })
    .await
}

pub fn path(someone: &Someone<'_>, what: &str) -> String {
    format!("/api/admin/users/{}/{what}", someone.id)
}

pub fn id(view: &Value) -> String {
    view["id"].as_str().expect("an id").to_owned()
}

pub fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    [&u32::try_from(data.len()).expect("it is small").to_be_bytes()[..], kind, data, b"\0\0\0\0"]
        .concat()
}

/// A PNG of this size, with other chunks before its pixels.
pub fn png_of(width: u32, height: u32, others: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[8, 6, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        others.to_vec(),
        chunk(b"IDAT", b"points"),
        chunk(b"IEND", b""),
    ]
    .concat()
}

pub fn png() -> Vec<u8> {
    png_of(640, 480, b"")
}

/// A JPEG of this size, with other segments before its pixels.
pub fn jpeg_of(width: u16, height: u16, others: &[u8]) -> Vec<u8> {
    [
        b"\xff\xd8".to_vec(),
        others.to_vec(),
        b"\xff\xc0\0\x0b\x08".to_vec(),
        height.to_be_bytes().to_vec(),
        width.to_be_bytes().to_vec(),
        b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0points\xff\xd9".to_vec(),
    ]
    .concat()
}

pub fn jpeg() -> Vec<u8> {
    jpeg_of(640, 480, b"")
}

pub fn image(content_type: &str, bytes: &[u8]) -> Value {
    json!({"contentType": content_type, "data": BASE64.encode(bytes)})
}

pub fn papers() -> Value {
    json!({"document": image("image/png", &png()), "selfie": image("image/jpeg", &jpeg())})
}

/// The successful actions in the audit log about a user, sorted alphabetically.
pub async fn actions(world: &World, user: UserId) -> Vec<String> {
    let pseudonym = world.user(user).await.expect("the account exists").pseudonym;
    let mut recorded: Vec<_> = world
        .app
        .store()
        .recent_entries_about(pseudonym, 100)
        .await
        .expect("the table responds")
        .into_iter()
        .filter(|entry| entry.success)
        .map(|entry| entry.action)
        .collect();
    recorded.sort();
    recorded
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

/// Uploads bytes to the URL of an upload.
pub async fn put(upload: &Value, bytes: Vec<u8>) {
    let sent = provost_testkit::http()
        .put(upload["url"].as_str().expect("a URL"))
        .header("content-type", upload["contentType"].as_str().expect("a type"))
        .body(bytes)
        .send()
        .await
        .expect("the bucket responds");
    assert!(sent.status().is_success(), "{}", sent.status());
}

pub async fn fetched(url: &str) -> Vec<u8> {
    let answer = provost_testkit::http().get(url).send().await.expect("the bucket responds");
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.bytes().await.expect("its bytes").to_vec()
}

pub async fn student(grace: &Someone<'_>, ada: &Someone<'_>) {
    let asked =
        ada.post(STUDENT, json!({"source": "github", "githubLogin": "ada-l"})).await.status(201);
    grace.post(&format!("{LIST}/{}/approve", id(&asked)), json!({})).await.ok();
}
