//! The routes of the function `audit`: reading who did what to whom.

mod checkpoint;
mod create_export;
mod file;
mod list;
mod proof;
mod query;
mod reply;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Access, Effect, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("audit")
        .get(
            "/api/admin/audit/logs",
            Access::staff(Permission::AuditRead),
            list::list_audit_entries,
            "List audit log entries, newest first, as pages or as a CSV or NDJSON file.",
        )
        .errors(&[Code::TooLarge])
        .get(
            "/api/admin/audit-logs",
            Access::staff(Permission::AuditRead),
            list::list_audit_logs,
            "List audit log entries, newest first. The same as `GET /api/admin/audit/logs`.",
        )
        .errors(&[Code::TooLarge])
        .route(
            Method::POST,
            "/api/admin/audit/exports",
            Access::staff(Permission::AuditRead),
            Effect::Sensitive,
            create_export::create_audit_export,
            "Export a selection of the audit log of any size into an encrypted archive.",
        )
        .errors(&[Code::InProgress, Code::InvalidAction])
        .get(
            "/api/admin/audit/logs/{id}/proof",
            Access::staff(Permission::AuditRead),
            proof::get_audit_proof,
            "Show the proof that an audit log entry is in the log, unchanged since it was written.",
        )
        .errors(&[Code::NotFound])
        .get(
            "/api/admin/audit/checkpoint",
            Access::staff(Permission::AuditRead),
            checkpoint::get_audit_checkpoint,
            "Show the newest signed checkpoint of the audit log.",
        )
        .errors(&[Code::NotFound])
}
