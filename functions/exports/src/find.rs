//! The job that a path names, and the person whose data it holds.

use provost_domain::{ExportId, Refused, ShareLinkId, audit::Resource, export::ExportJob};
use provost_http::{Call, Problem, Staff};

/// The job of the path's `{id}`.
///
/// # Errors
/// `NOT_FOUND`.
pub(crate) async fn job(call: &Call<Staff>) -> Result<ExportJob, Problem> {
    let id: ExportId = call.id("id", "export")?;
    Ok(call.app.store().export(id).await?.ok_or_else(|| Refused::missing("export"))?)
}

/// The job as the audit log names it, sealed under its owner's key.
///
/// # Errors
/// `NOT_FOUND` when its owner has been erased in this very moment.
pub(crate) async fn resource(call: &Call<Staff>, job: &ExportJob) -> Result<Resource, Problem> { owned(call, job, "export", job.id.to_string()).await }

/// A link of the job as the audit log names it.
///
/// # Errors
/// As [`resource`].
pub(crate) async fn link_resource(call: &Call<Staff>, job: &ExportJob, link: ShareLinkId) -> Result<Resource, Problem> { owned(call, job, "share_link", link.to_string()).await }

async fn owned(call: &Call<Staff>, job: &ExportJob, kind: &'static str, id: String) -> Result<Resource, Problem> {
    let owner = call.app.store().principal(job.user_id).await?.ok_or_else(|| Refused::missing("export"))?;
    Ok(Resource::Owned { kind, id, owner: owner.subject() })
}
