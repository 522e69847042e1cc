//! The routes of the function `audit`: reading who did what to whom.

mod list;

use provost_domain::Permission;
use provost_http::{Access, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("audit")
        .get(
            "/api/admin/audit/logs",
            Access::staff(Permission::AuditRead),
            list::list_audit_entries,
            "List audit log entries, newest first.",
        )
        .get(
            "/api/admin/audit-logs",
            Access::staff(Permission::AuditRead),
            list::list_audit_logs,
            "List audit log entries, newest first. The same as `GET /api/admin/audit/logs`.",
        )
}
