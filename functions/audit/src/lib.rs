//! The routes of the function `audit`: reading who did what to whom.

mod list;

use provost_domain::Permission;
use provost_http::{Permit, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("audit")
        .get("/api/admin/audit/logs", Permit(Permission::AuditRead), list::list_audit_entries, "The audit log, newest first.")
        .get("/api/admin/audit-logs", Permit(Permission::AuditRead), list::list_audit_logs, "The audit log under its other path.")
}
