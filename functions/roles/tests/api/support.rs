//! A world with the function, and the requests that many tests send.

use provost_domain::BuiltInRole;
use provost_local::Function;
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("roles", fn_roles::routes().router(app.clone())),
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
        ]
    })
    .await
}

pub async fn root(world: &World) -> Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

/// Creates a role and returns its id.
pub async fn role(by: &Someone<'_>, name: &str, permissions: &[&str]) -> String {
    let made = json!({ "name": name, "permissions": permissions });
    let made = by.post("/v1/rbac/roles", made).await.status(201);
    made["id"].as_str().expect("an id").to_owned()
}

pub fn path(role: &str) -> String {
    format!("/v1/rbac/roles/{role}")
}

fn held(user: &Someone<'_>, role: &str) -> String {
    format!("/v1/rbac/users/{}/roles/{role}", user.id)
}

pub fn direct(user: &Someone<'_>, permission: &str) -> String {
    format!("/v1/rbac/users/{}/permissions/{permission}", user.id)
}

pub const REASON: &str = "as agreed with support";

pub async fn assign(by: &Someone<'_>, to: &Someone<'_>, role: &str) -> Reply {
    by.post(&held(to, role), json!({ "reason": REASON })).await
}

pub async fn unassign(by: &Someone<'_>, from: &Someone<'_>, role: &str) -> Reply {
    by.delete_with(&held(from, role), json!({ "reason": REASON })).await
}

pub async fn grant(by: &Someone<'_>, to: &Someone<'_>, permission: &str) -> Reply {
    by.post(&direct(to, permission), json!({ "reason": REASON })).await
}

pub async fn deny(by: &Someone<'_>, to: &Someone<'_>, permission: &str) -> Reply {
    by.post(&direct(to, permission), json!({ "effect": "deny", "reason": REASON })).await
}

pub async fn remove(by: &Someone<'_>, from: &Someone<'_>, permission: &str) -> Reply {
    by.delete_with(&direct(from, permission), json!({ "reason": REASON })).await
}

/// Changes a role.
pub async fn change(by: &Someone<'_>, role: &str, edit: Value) -> Reply {
    by.put(&path(role), edit).await
}

/// The effective permissions of a user.
pub async fn effective(by: &Someone<'_>, of: &Someone<'_>) -> Vec<String> {
    let body = by.get(&format!("/v1/rbac/users/{}/effective", of.id)).await.ok();
    let rows = body["permissions"].as_array().expect("a list").iter();
    rows.filter(|row| row["effective"] == true)
        .map(|row| row["permission"].as_str().expect("a name").to_owned())
        .collect()
}
