//! A world with the function, and how an impersonation begins.

use provost_domain::BuiltInRole;
use provost_local::Function;
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

pub const STOP: &str = "/v1/auth/impersonate/stop";
pub const WHY: &str = "Reproduce the empty list of servers.";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("impersonation", fn_impersonation::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("audit", fn_audit::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("roles", fn_roles::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        ]
    })
    .await
}

pub async fn root(world: &World) -> Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

pub async fn grace(world: &World) -> Someone<'_> {
    world.staff("grace", BuiltInRole::Admin).await
}

pub async fn ask(by: &Someone<'_>, target: &Someone<'_>, mode: &str) -> Reply {
    let body = json!({ "view_mode": mode, "reason": WHY });
    by.post(&format!("/v1/auth/impersonate/{}", target.id), body).await
}

/// The user as the staff member acts as them, and the answer.
pub async fn started<'w>(
    by: &Someone<'w>,
    target: &Someone<'w>,
    mode: &str,
) -> (Someone<'w>, Value) {
    let body = ask(by, target, mode).await.status(201);
    let token = body["access_token"].as_str().expect("a token");
    (target.with_token(token), body)
}

/// The same, read-only.
pub async fn acting<'w>(by: &Someone<'w>, target: &Someone<'w>) -> Someone<'w> {
    started(by, target, "impersonation").await.0
}
