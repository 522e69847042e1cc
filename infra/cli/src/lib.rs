//! All functions of the platform, for programs that run or inspect them: the local stack, the
//! contract tests, the OpenAPI document. Also the commands for operators.

pub mod archives;
pub mod arguments;
pub mod audit;
pub mod failed;
pub mod figures_rebuild;
pub mod fraud_rules;
pub mod keys;
pub mod mail_lift;
pub mod operator;
pub mod platform;
pub mod replay;
pub mod resume;
pub mod root;
pub mod running;
pub mod seed;
pub mod start;
pub mod users;

use provost_app::App;
use provost_http::Routes;
use provost_local::Function;

pub use failed::Failed;
pub use users::{promote, two_factor};

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
        fn_settings::routes(),
        fn_downloads::routes(),
        fn_mail::routes(),
        fn_audit::routes(),
        fn_insights::routes(),
        fn_portal::routes(),
        fn_billing::routes(),
        fn_directory::routes(),
        fn_users::routes(),
        fn_system::routes(),
        fn_verifications::routes(),
        fn_moderation::routes(),
        fn_roles::routes(),
        fn_impersonation::routes(),
    ]
}

/// The groups of the API, one for each HTTP function, in the order of the API description.
pub const TAGS: &[(&str, &str)] = &[
    (
        "sessions",
        "Sign in and out, refresh tokens, and manage the second factor. Users see and revoke their own sessions; staff may revoke those of others.",
    ),
    (
        "accounts",
        "Register, and manage one's own account: profile, avatar, password, notifications, data exports and the deletion of the account.",
    ),
    ("credentials", "API keys, with which programs act for a user, and SSH keys for servers."),
    (
        "verifications",
        "Requests to verify an identity or student status, their review by staff, and documents that staff keep about a user.",
    ),
    (
        "moderation",
        "Files that users upload, what staff do about content, reports about users and content, and applications that staff decide.",
    ),
    ("organisations", "Teams of users: their profile, members, roles, invitations and activity."),
    (
        "infrastructure",
        "What an organisation runs: servers, the nodes that they are on, and DNS zones with their records.",
    ),
    (
        "directory",
        "Search across users, organisations and other resources, follow background jobs, and restore accounts whose deletion is pending.",
    ),
    (
        "users",
        "One user of the directory, for programs of staff: profile, contacts, status, sessions, linked accounts and audit entries.",
    ),
    (
        "system",
        "Users, enrolments and content for other services, which send a system key with a scope for each operation.",
    ),
    (
        "staff-users",
        "User management by staff: profiles, bans, roles, badges, notes, benefits and sessions. Staff act only on users of a lower rank.",
    ),
    (
        "impersonation",
        "Staff act as a user for support, read-only or with changes. Every request is in the audit log with both ids, and the user sees it in a list.",
    ),
    (
        "roles",
        "Roles that staff define, and who holds them; permissions granted or denied to single users. Nobody grants what they do not hold.",
    ),
    ("billing", "Plans, the plan of an account, and the webhook that receives events from Stripe."),
    (
        "exports",
        "Export a user's data into an encrypted archive, and share it by links that expire. For staff.",
    ),
    ("downloads", "The pages behind share links. The receiver of an archive needs no account."),
    (
        "deletions",
        "Requests to erase an account: their grace period, legal holds, receipts, and the link by which the user cancels.",
    ),
    ("fraud", "Alerts of the fraud rules, their review, and scans of one account or all accounts."),
    (
        "settings",
        "Settings of the platform, system keys of other services, storage buckets, and tests of integrations.",
    ),
    ("mail", "The email templates, and sent emails with their delivery status."),
    (
        "audit",
        "The tamper-evident log of every change and of denied requests of staff, with users as pseudonyms.",
    ),
    ("insights", "The state of the platform, figures by period, and the check for updates."),
    (
        "portal",
        "The front page, this API description, the health check, and the public keys of access tokens.",
    ),
];

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
        Function::worker_over("index-worker", app, fn_index_worker::handle),
        Function::worker_over("insights-worker", app, fn_insights_worker::handle),
        Function::worker_over("outbox", app, fn_outbox::handle),
        Function::worker_over("scheduler", app, fn_scheduler::handle),
    ]
}

/// The API description as it is committed, with a line break at the end. A test compares it with
/// the route tables and the examples.
pub const OPENAPI: &str = include_str!("../../../openapi.json");
