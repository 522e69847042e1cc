//! Operations on reports about content and users.

mod file_report;
mod forget_report;
mod update_report;

pub use file_report::{NewReport, ReportTarget, file_report};
pub use forget_report::{forget_reported, forget_reporter};
pub use update_report::{ReportUpdate, update_report};

use provost_domain::{User, audit::Resource, report::Report};

/// The report as the audit log names it, encrypted with the key of the reported user.
fn resource(report: &Report, reported: Option<&User>) -> Resource {
    let (kind, id) = ("report", report.id.to_string());
    match reported {
        Some(user) => Resource::Owned { kind, id, owner: user.subject() },
        None => Resource::Other { kind, id },
    }
}
