//! `GET /api/admin/export-jobs/{id}`: one export job with its progress.

use provost_api::ExportView;
use provost_domain::export::ExportJob;
use provost_http::{HandlerError, Json, RequestContext, StaffOwnerGrant};

use crate::JOBS;

pub async fn get_export(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
) -> Result<Json<ExportView>, HandlerError> {
    let job = ctx.thing.clone();
    Ok(Json::new(ExportView::of(job, JOBS, ctx.now())))
}
