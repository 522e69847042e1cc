//! `GET /api/admin/export-jobs/{id}/download`: the archive, by a URL that is valid for one minute. Each download is audited before it can begin.

use provost_domain::export::{ExportJob, object_key};
use provost_http::{HandlerError, RequestContext, SeeOther, StaffOwnerGrant};

use crate::find;

pub async fn download_export(call: RequestContext<StaffOwnerGrant<ExportJob>>) -> Result<SeeOther, HandlerError> {
    let job = call.thing.clone();
    job.check_ready(call.now())?;
    let store = call.app.store();
    store.audit(call.entry("export.downloaded", find::export(&job, call.owner()?.subject()))).await?;
    Ok(SeeOther(store.presign_download(&store.names().exports, &object_key(job.id), &job.file_name()).await?))
}
