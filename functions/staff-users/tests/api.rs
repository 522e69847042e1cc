//! How staff find and view users and change an account, over HTTP.

#[path = "api/ban.rs"]
mod ban;
#[path = "api/boundaries.rs"]
mod boundaries;
#[path = "api/protected.rs"]
mod protected;
#[path = "api/rank.rs"]
mod rank;
#[path = "api/reasons.rs"]
mod reasons;
#[path = "api/role.rs"]
mod role;
#[path = "api/roots.rs"]
mod roots;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/show.rs"]
mod show;

use provost_domain::{UserId, audit::Record, message::Message, time::DAY};
use provost_local::Function;
use provost_testkit::World;

/// A world with this function and the list of users.
pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
        ]
    })
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
