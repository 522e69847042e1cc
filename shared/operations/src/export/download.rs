use provost_domain::{
    User,
    export::{ExportJob, object_key},
};

use super::resource;
use crate::{Op, OperationError};

/// Downloads an archive: the URL, which is valid for one minute. The download is in the audit log
/// before it can begin.
///
/// # Errors
/// `IN_PROGRESS` while the export is in progress, `INVALID_ACTION` when there is no archive.
pub async fn download_export(
    op: &Op<'_>,
    job: &ExportJob,
    owner: &User,
) -> Result<String, OperationError> {
    job.check_ready(op.now)?;
    let store = op.app.store();
    store.audit(op.entry("export.downloaded", resource(job.id, owner))).await?;
    let bucket = &store.names().exports;
    Ok(store.presign_download(bucket, &object_key(job.id), &job.file_name()).await?)
}
