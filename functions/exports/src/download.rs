//! `GET /api/admin/export-jobs/{id}/download`: the archive, by a URL that is valid for one minute.
//! Each download is audited before it can begin.

use provost_domain::export::ExportJob;
use provost_http::{HandlerError, RequestContext, SeeOther, StaffOwnerGrant};
use provost_operations::export;

pub async fn download_export(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
) -> Result<SeeOther, HandlerError> {
    Ok(SeeOther(export::download_export(&ctx.op(None), &ctx.thing, ctx.owner()?).await?))
}
