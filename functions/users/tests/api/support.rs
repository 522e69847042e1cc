//! Shared helpers for the tests of this function.

use provost_domain::{BuiltInRole, Permission, UserId, audit::Record, message::Message, time::DAY};
use provost_local::Function;
use provost_testkit::{Reply, Someone, World};
use serde_json::json;

/// A world with this function, sign-ins and the deletion worker. No email is sent.
pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("users", fn_users::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
        ]
    })
    .await
}

/// A world in which messages are delivered.
pub async fn whole_world() -> World {
    World::of(|app| {
        vec![
            Function::http("users", fn_users::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
            Function::worker_over("outbox", app, fn_outbox::handle),
        ]
    })
    .await
}

/// The path of a user.
pub fn of(user: UserId) -> String {
    format!("/v1/users/{user}")
}

/// A staff member with these permissions in addition to those of the role.
pub async fn with<'w>(world: &'w World, name: &str, granted: &[Permission]) -> Someone<'w> {
    let someone = world.staff(name, BuiltInRole::Staff).await;
    world.edit(someone.id, |user| user.grants.extend(granted.iter().copied())).await;
    someone
}

/// Signs in with a password.
pub async fn sign_in(world: &World, email: &str, password: &str) -> Reply {
    world
        .anyone()
        .from("203.0.113.5")
        .post("/api/sessions/login", json!({ "email": email, "password": password }))
        .await
}

/// The templates of the emails queued for a user.
pub async fn emails(world: &World, user: UserId) -> Vec<&'static str> {
    let waiting = world
        .app
        .store()
        .overdue_messages(world.app.now().plus(DAY), 100)
        .await
        .expect("the table responds");
    waiting
        .iter()
        .filter_map(|waiting| match &waiting.message {
            Message::Mail { user: to, template, .. } if *to == user => Some(template.as_str()),
            _ => None,
        })
        .collect()
}

/// The audit log's entries about a user, newest first.
pub async fn entries(world: &World, user: UserId) -> Vec<Record> {
    let record = world.user(user).await.expect("the account exists");
    world.app.store().recent_entries_about(record.pseudonym, 100).await.expect("the table responds")
}
