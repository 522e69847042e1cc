//! A world in which users report and apply, and staff decide.

use provost_domain::{
    FileId, Permission, User, UserId,
    content::{Content, ContentKind, ContentStatus, ObjectPlace},
    file::object_key,
};
use provost_local::Function;
use provost_store::item::Item;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub const REPORTS: &str = "/api/reports";
pub const ADMIN_REPORTS: &str = "/api/admin/reports";
pub const APPLICATIONS: &str = "/api/applications";
pub const ADMIN_APPLICATIONS: &str = "/api/admin/applications";
pub const APPEAL: &str = "/api/applications/appeal";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("moderation", fn_moderation::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        ]
    })
    .await
}

/// A report about a user.
pub fn about(user: UserId) -> Value {
    json!({"reportedUserId": user, "category": "spam", "reason": "Sends the same advert to everybody."})
}

/// A report about content.
pub fn about_content(id: &str) -> Value {
    json!({"contentId": id, "category": "COPYRIGHT", "reason": "This is my song, not theirs."})
}

pub fn id(view: &Value) -> String {
    view["id"].as_str().expect("an id").to_owned()
}

/// The path at which staff read and decide a report.
pub fn report_path(report: &Value) -> String {
    format!("{ADMIN_REPORTS}/{}", id(report))
}

/// The path at which staff decide an application.
pub fn application_path(application: &Value) -> String {
    format!("{ADMIN_APPLICATIONS}/{}", id(application))
}

/// A decision with an action.
pub fn resolved(action: &str) -> Value {
    json!({"status": "resolved", "action": action, "reason": "It breaks the rules."})
}

/// Gives a user permissions without a role.
pub async fn grant(world: &World, user: UserId, permissions: &[Permission]) {
    world.edit(user, |user| user.grants.extend(permissions)).await;
}

/// A user without any role who has these permissions.
pub async fn helper<'w>(world: &'w World, name: &str, permissions: &[Permission]) -> Someone<'w> {
    let helper = world.person(name).await;
    grant(world, helper.id, permissions).await;
    helper
}

pub async fn user(world: &World, user: UserId) -> User {
    world.user(user).await.expect("the account exists")
}

/// An uploaded file of a user.
pub async fn uploaded(world: &World, owner: UserId) -> Content {
    let (app, id) = (&world.app, world.app.id(FileId::new));
    let store = app.store();
    let (bucket, key) = (store.names().files.clone(), object_key(owner, id));
    let place = ObjectPlace { bucket, key, store: None };
    let bytes = bytes::Bytes::from_static(b"la la la");
    store.put_object(&place.bucket, &place.key, "audio/mpeg", bytes).await.expect("an object");
    let content = Content {
        id: id.into(),
        kind: ContentKind::File,
        owner_id: owner,
        name: "song.mp3".to_owned(),
        content_type: Some("audio/mpeg".to_owned()),
        size: 8,
        sha256: Some("ab".repeat(32)),
        target: None,
        object: Some(place),
        status: ContentStatus::Available,
        created_at: app.now(),
        flag: None,
        removal: None,
        version: 1,
    };
    let mut tx = app.transaction();
    tx.register_content(&content).expect("content");
    tx.commit().await.expect("its id is new");
    content
}

/// The texts of the emails to a user.
pub async fn emails(world: &World, person: UserId) -> Vec<String> {
    world.settle().await;
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &format!("USER#{person}"), None)
        .await
        .expect("the table responds");
    let emails = keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).collect();
    let items = store.batch_get(&store.names().accounts, emails, true).await.expect("emails");
    let body = |item: &Item| item.get("body").and_then(|body| body.as_s().ok().cloned());
    items.iter().filter_map(body).collect()
}

/// The token of the appeal link in the latest email about a ban.
pub async fn appeal_token(world: &World, person: UserId) -> String {
    let suspension = user(world, person).await.suspension.expect("a ban");
    let marker = format!("\nReason: {}\n", suspension.reason);
    let texts = emails(world, person).await;
    let text = texts.iter().find(|text| text.contains(&marker)).expect("an email about the ban");
    let (_, rest) = text.split_once("/appeal/").expect("a link");
    rest.split_whitespace().next().expect("a token").to_owned()
}

/// The actions in the audit log about a user, oldest first.
pub async fn actions(world: &World, person: UserId) -> Vec<String> {
    let pseudonym = user(world, person).await.pseudonym;
    let mut entries =
        world.app.store().recent_entries_about(pseudonym, 100).await.expect("the table responds");
    entries.retain(|entry| entry.success);
    entries.sort_by_key(|entry| entry.id);
    entries.into_iter().map(|entry| entry.action).collect()
}
