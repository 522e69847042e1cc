//! `GET /api/users/me/export-jobs/{jobId}/download`: download an archive of your data, by a URL
//! that is valid for one minute.

use provost_domain::{ApiError, ExportId, audit::Resource, export::object_key};
use provost_http::{HandlerResult, RequestContext, SeeOther, SignedInGrant};

pub(crate) async fn download_data_export(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<SeeOther> {
    let id: ExportId = ctx.id("jobId", "export")?;
    let (store, person) = (ctx.app.store(), &ctx.caller.principal);
    // Another user's export is reported as not found.
    let job = store
        .export(id)
        .await?
        .filter(|job| job.user_id == person.user_id)
        .ok_or_else(|| ApiError::missing("export"))?;
    job.check_ready(ctx.now())?;
    store
        .audit(ctx.entry(
            "export.downloaded",
            Resource::Owned { kind: "export", id: id.to_string(), owner: person.subject() },
        ))
        .await?;
    Ok(SeeOther(
        store.presign_download(&store.names().exports, &object_key(id), &job.file_name()).await?,
    ))
}
