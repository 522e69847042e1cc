//! Reading the audit log over HTTP: every filter against an oracle, sealed values decrypted, erased
//! users unreadable, and one entry for each change.

#[path = "api/access.rs"]
mod access;
#[path = "api/completeness.rs"]
mod completeness;
#[path = "api/erased.rs"]
mod erased;
#[path = "api/exports.rs"]
mod exports;
#[path = "api/files.rs"]
mod files;
#[path = "api/filters.rs"]
mod filters;
#[path = "api/partitions.rs"]
mod partitions;
#[path = "api/proofs.rs"]
mod proofs;
#[path = "api/words.rs"]
mod words;

use provost_local::Function;
use provost_testkit::World;

/// The path of the audit log.
pub const LOGS: &str = "/api/admin/audit/logs";

/// The same with the scheduler, which adds entries to the tree of the log.
pub async fn world_with_scheduler() -> World {
    World::of(|app| {
        vec![
            Function::http("audit", fn_audit::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::worker_over("scheduler", app, fn_scheduler::handle),
        ]
    })
    .await
}

/// A world with the audit log and the staff actions on users.
pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("audit", fn_audit::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
        ]
    })
    .await
}
