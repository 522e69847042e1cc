//! The whole platform as a list of functions, for everything that runs or inspects all of them: the local stack, the contract tests, the OpenAPI document.

use provost_app::App;
use provost_http::Routes;
use provost_local::Function;

/// The tables of routes of every HTTP function.
pub fn tables() -> Vec<Routes> {
    vec![
        fn_accounts::routes(), fn_sessions::routes(), fn_credentials::routes(), fn_staff_users::routes(), fn_deletions::routes(), fn_exports::routes(),
        fn_downloads::routes(), fn_mail::routes(), fn_audit::routes(), fn_portal::routes(),
    ]
}

/// Every function, mounted over one application.
pub fn functions(app: &App) -> Vec<Function> {
    let mut functions: Vec<Function> = tables().into_iter().map(|routes| Function::http(routes.function, routes.router(app.clone()))).collect();
    functions.extend(workers(app));
    functions
}

/// Every worker and clock, mounted over one application.
pub fn workers(app: &App) -> Vec<Function> {
    vec![
        Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        Function::worker_over("export-worker", app, fn_export_worker::handle),
        Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        Function::worker_over("outbox", app, fn_outbox::handle),
        Function::worker_over("sweeper", app, fn_sweeper::handle),
    ]
}
