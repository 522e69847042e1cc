//! Status, analytics and updates over HTTP.

#[path = "api/access.rs"]
mod access;
#[path = "api/active.rs"]
mod active;
#[path = "api/counts.rs"]
mod counts;
#[path = "api/periods.rs"]
mod periods;
#[path = "api/status.rs"]
mod status;
#[path = "api/updates.rs"]
mod updates;

use provost_app::App;
use provost_local::Function;
use provost_testkit::World;

/// The path of the analytics.
pub const ANALYTICS: &str = "/api/admin/analytics";

fn functions(app: &App) -> Vec<Function> {
    vec![
        Function::http("insights", fn_insights::routes().router(app.clone())),
        Function::http("billing", fn_billing::routes().router(app.clone())),
        Function::http("moderation", fn_moderation::routes().router(app.clone())),
        Function::worker_over("insights-worker", app, fn_insights_worker::handle),
        Function::worker_over("scheduler", app, fn_scheduler::handle),
    ]
}

/// A world with the routes, the worker that counts, and the scheduler.
pub async fn world() -> World {
    World::of(functions).await
}
