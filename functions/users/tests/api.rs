//! One user of the directory over HTTP: reading, creating, changing, deleting.

#[path = "api/audit_logs.rs"]
mod audit_logs;
#[path = "api/create.rs"]
mod create;
#[path = "api/credentials.rs"]
mod credentials;
#[path = "api/delete.rs"]
mod delete;
#[path = "api/external_id.rs"]
mod external_id;
#[path = "api/oauth.rs"]
mod oauth;
#[path = "api/profile.rs"]
mod profile;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/show.rs"]
mod show;
#[path = "api/status.rs"]
mod status;
#[path = "api/support.rs"]
mod support;
#[path = "api/unique_id.rs"]
mod unique_id;
