//! `GET /api/admin/export-jobs/{id}/download`: the archive, by a URL that works for a minute. Each download is in the audit log before it can begin.

use provost_domain::export::object_key;
use provost_http::{Call, Problem, SeeOther, Staff};

use crate::find;

pub async fn download(call: Call<Staff>) -> Result<SeeOther, Problem> {
    let job = find::job(&call).await?;
    job.check_ready(call.now())?;
    let store = call.app.store();
    store.audit(call.entry("export.downloaded", find::export(&job, find::owner(&call, &job).await?))).await?;
    Ok(SeeOther(store.presign_download(&store.names().exports, &object_key(job.id), &job.file_name()).await?))
}
