//! `GET /api/admin/export-jobs/{id}/download`: the archive, by a URL that is valid for one minute.
//! Each download is audited before it can begin.

use provost_domain::export::{ExportJob, object_key};
use provost_http::{HandlerError, RequestContext, SeeOther, StaffOwnerGrant};

use crate::find;

pub async fn download_export(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
) -> Result<SeeOther, HandlerError> {
    let job = ctx.thing.clone();
    job.check_ready(ctx.now())?;
    let store = ctx.app.store();
    store.audit(ctx.entry("export.downloaded", find::export(&job, ctx.owner()?.subject()))).await?;
    Ok(SeeOther(
        store
            .presign_download(&store.names().exports, &object_key(job.id), &job.file_name())
            .await?,
    ))
}
