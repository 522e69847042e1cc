//! All functions of the platform, for programs that run or inspect them: the local stack, the
//! contract tests, the OpenAPI document. Also the commands for operators.

pub mod archives;
pub mod arguments;
pub mod failed;
pub mod fraud_rules;
pub mod keys;
pub mod mail_lift;
pub mod operator;
pub mod platform;
pub mod promote;
pub mod replay;
pub mod resume;
pub mod root;
pub mod running;
pub mod seed;
pub mod start;
pub mod two_factor;

use provost_app::App;
use provost_http::Routes;
use provost_local::Function;

pub use failed::Failed;

/// The route tables of all HTTP functions.
pub fn tables() -> Vec<Routes> {
    vec![
        fn_accounts::routes(),
        fn_sessions::routes(),
        fn_credentials::routes(),
        fn_organisations::routes(),
        fn_infrastructure::routes(),
        fn_staff_users::routes(),
        fn_deletions::routes(),
        fn_exports::routes(),
        fn_fraud::routes(),
        fn_downloads::routes(),
        fn_mail::routes(),
        fn_audit::routes(),
        fn_portal::routes(),
        fn_billing::routes(),
        fn_directory::routes(),
        fn_verifications::routes(),
    ]
}

/// Every function, mounted over one application.
pub fn functions(app: &App) -> Vec<Function> {
    let mut functions: Vec<Function> = tables()
        .into_iter()
        .map(|routes| Function::http(routes.function, routes.router(app.clone())))
        .collect();
    functions.extend(workers(app));
    functions
}

/// Every worker and scheduled function, mounted over one application.
pub fn workers(app: &App) -> Vec<Function> {
    vec![
        Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        Function::worker_over("export-worker", app, fn_export_worker::handle),
        Function::worker_over("bulk-worker", app, fn_bulk_worker::handle),
        Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        Function::worker_over("outbox", app, fn_outbox::handle),
        Function::worker_over("sweeper", app, fn_sweeper::handle),
    ]
}

/// The API description as it is committed: pretty-printed, with a line break at the end.
pub fn openapi() -> String {
    let document = provost_http::openapi::document(&tables());
    // Maps, lists and texts can always be serialised.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
