//! `DELETE /api/admin/export-jobs/{id}`: cancel a running export, or delete its archive and share
//! links.

use provost_domain::export::{ExportJob, ExportStatus, object_key};
use provost_http::{BodyOrQuery, HandlerError, NoContent, RequestContext, StaffOwnerGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

use crate::find;

/// Request to cancel an export.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CancelExport {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

pub async fn cancel_export(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
    BodyOrQuery(input): BodyOrQuery<CancelExport>,
) -> Result<NoContent, HandlerError> {
    let reason = ctx.reason(input.reason.as_deref())?;
    let job = ctx.thing.clone();
    let (before, now) = (job.status, ctx.now());
    let job = job.cancel(now)?;
    let owner = ctx.owner()?.subject();
    let store = ctx.app.store();
    if before == ExportStatus::Completed {
        // Links first: no link may outlive its archive.
        for found in store
            .share_links_of(job.id)
            .await?
            .into_iter()
            .filter(|found| found.link.revoked_at.is_none())
        {
            let mut tx = ctx.app.transaction();
            tx.revoke_share_link(&found.digest, now)?;
            tx.audit(ctx.entry("share_link.revoked", find::link(found.link.id, owner.clone())))?;
            match tx.commit().await {
                Err(error) if error.conflict() != Some(Conflict::ShareLink) => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
    }
    let mut tx = ctx.app.transaction();
    tx.cancel_export(&job, before, now)?;
    let mut entry = ctx.entry("export.cancelled", find::export(&job, owner));
    entry.reason = reason;
    tx.audit(entry)?;
    match ctx.commit(tx, &NoContent).await {
        // The job has changed since it was read: evaluate the request again.
        Err(HandlerError::Conflict(Conflict::ExportJob)) => return Err(HandlerError::Collision),
        result => result?,
    }
    // The job is due for the sweeper, which removes anything left here.
    if before == ExportStatus::Completed
        && let Err(cause) = store.delete_object(&store.names().exports, &object_key(job.id)).await
    {
        warn!(export.id = %job.id, %cause, "the archive of export {} is left to the sweeper", job.id);
    }
    Ok(NoContent)
}
