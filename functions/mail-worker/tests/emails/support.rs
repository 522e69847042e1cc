//! A world that writes emails, and helpers for its tests.

use provost_domain::{
    BuiltInRole, DeletionId, MessageId, Status, Timestamp, UserId,
    mail::Template,
    message::{About, Message},
    user::PendingDeletion,
};
use provost_local::Function;
use provost_testkit::World;
use serde_json::Value;

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

/// Puts a message on the queue, as the outbox does.
pub async fn write(
    world: &World,
    user: UserId,
    template: Template,
    about: Option<About>,
) -> MessageId {
    let id = world.app.id(MessageId::new);
    deliver(world, &Message::Mail { id, user, template, about }).await;
    id
}

pub async fn deliver(world: &World, message: &Message) {
    let body = serde_json::to_string(message).expect("a message is JSON");
    world.runner.send_raw("mail", &body).await.expect("the queue accepts the message");
}

/// The mail log as root sees it.
pub async fn log(world: &World) -> Vec<Value> {
    let root =
        world.staff(&format!("reader{}", world.app.id(UserId::new)), BuiltInRole::RootAdmin).await;
    root.get("/api/admin/email/logs").await.ok()["data"].as_array().expect("a list").clone()
}

pub async fn only_email(world: &World) -> Value {
    let log = log(world).await;
    assert_eq!(log.len(), 1, "{log:?}");
    log[0].clone()
}

pub fn body(email: &Value) -> String {
    email["body"].as_str().expect("captured mail has a body").to_owned()
}

/// The token that follows a marker in an email.
pub fn token_after(body: &str, mark: &str) -> String {
    let (_, rest) =
        body.split_once(mark).unwrap_or_else(|| panic!("{mark} is not in the email:\n{body}"));
    rest.split_whitespace().next().expect("a token follows").to_owned()
}

pub async fn force_reset(world: &World, user: UserId) {
    let mut credential = world
        .app
        .store()
        .credential(user)
        .await
        .expect("the table responds")
        .expect("a credential");
    credential.must_reset = true;
    let mut tx = world.app.transaction();
    tx.save_credential(user, &credential).expect("a credential");
    tx.commit().await.expect("the table responds");
}

pub async fn ask_for_deletion(world: &World, user: UserId, due_at: Timestamp) -> DeletionId {
    let id = world.app.id(DeletionId::new);
    let now = world.app.now();
    world
        .edit(user, |record| {
            let pending = PendingDeletion { id, due_at, before: Status::Active, executing: false };
            *record = record.clone().delete(pending, None, now).expect("the account is active");
        })
        .await;
    id
}
