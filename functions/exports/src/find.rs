//! The job that a path names, and the person whose data it holds.

use provost_domain::{
    ExportId, Refused, ShareLinkId,
    audit::{Resource, Subject},
    export::ExportJob,
};
use provost_http::{Call, Problem, Staff};

/// The job of the path's `{id}`.
///
/// # Errors
/// `NOT_FOUND`.
pub(crate) async fn job(call: &Call<Staff>) -> Result<ExportJob, Problem> {
    let id: ExportId = call.id("id", "export")?;
    Ok(call.app.store().export(id).await?.ok_or_else(|| Refused::missing("export"))?)
}

/// The person whose data a job holds, as the audit log names and seals.
///
/// # Errors
/// `NOT_FOUND` when they have been erased in this very moment.
pub(crate) async fn owner(call: &Call<Staff>, job: &ExportJob) -> Result<Subject, Problem> {
    let owner = call.app.store().principal(job.user_id).await?.ok_or_else(|| Refused::missing("export"))?;
    Ok(owner.subject())
}

/// A job as the audit log names it.
pub(crate) fn export(job: &ExportJob, owner: Subject) -> Resource {
    Resource::Owned { kind: "export", id: job.id.to_string(), owner }
}

/// A link as the audit log names it.
pub(crate) fn link(link: ShareLinkId, owner: Subject) -> Resource {
    Resource::Owned { kind: "share_link", id: link.to_string(), owner }
}
