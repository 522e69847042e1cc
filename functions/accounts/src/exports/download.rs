//! `GET /api/users/me/export-jobs/{jobId}/download`: download an archive of your data, by a URL
//! that is valid for one minute.

use provost_domain::{ApiError, ExportId};
use provost_http::{HandlerResult, RequestContext, SeeOther, SignedInGrant};
use provost_operations::export;

pub(crate) async fn download_data_export(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<SeeOther> {
    let id: ExportId = ctx.id("jobId", "export")?;
    let (store, person) = (ctx.app.store(), &ctx.caller.user);
    // Another user's export is reported as not found.
    let job = store
        .export(id)
        .await?
        .filter(|job| job.user_id == person.user_id)
        .ok_or_else(|| ApiError::missing("export"))?;
    Ok(SeeOther(export::download_export(&ctx.op(None), &job, person).await?))
}
