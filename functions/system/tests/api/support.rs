//! Shared helpers for the tests of this function.

use provost_domain::{BuiltInRole, Permission, UserId, audit::Record};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::json;

/// A world with this function, and those that create keys and show users.
pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("system", fn_system::routes().router(app.clone())),
            Function::http("settings", fn_settings::routes().router(app.clone())),
            Function::http("users", fn_users::routes().router(app.clone())),
        ]
    })
    .await
}

/// A service with a system key for these scopes.
pub async fn service<'w>(world: &'w World, name: &str, scopes: &[Permission]) -> Someone<'w> {
    let root = world.staff(&format!("root-{name}"), BuiltInRole::RootAdmin).await;
    let body = json!({ "name": name, "scopes": scopes });
    let key = root.post("/api/admin/system-key", body).await.status(201);
    world.anyone().with_token(key["key"].as_str().expect("a key"))
}

/// The audit log's entries about a user, newest first.
pub async fn entries(world: &World, user: UserId) -> Vec<Record> {
    let record = world.user(user).await.expect("the account exists");
    world.app.store().recent_entries_about(record.pseudonym, 100).await.expect("the table responds")
}
