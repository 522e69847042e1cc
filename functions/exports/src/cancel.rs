//! `DELETE /api/admin/export-jobs/{id}`: cancel a running export, or delete its archive and share
//! links.

use provost_domain::export::{ExportJob, ExportStatus, object_key};
use provost_http::{BodyOrQuery, HandlerError, NoContent, RequestContext, StaffOwnerGrant};
use provost_operations::export;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

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
    let (job, store) = (&ctx.thing, ctx.app.store());
    let change = export::cancel_export(&ctx.op(reason), job, ctx.owner()?).await?;
    let answer = ctx.complete(change, |_| NoContent).await?;
    // The job is due for the scheduler, which removes anything left here.
    if job.status == ExportStatus::Completed
        && let Err(cause) = store.delete_object(&store.names().exports, &object_key(job.id)).await
    {
        warn!(export.id = %job.id, %cause, "the archive of export {} is left to the scheduler", job.id);
    }
    Ok(answer)
}
