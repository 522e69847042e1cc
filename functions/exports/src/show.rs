//! `GET /api/admin/export-jobs/{id}`: one export job with its progress.

use provost_domain::{export::ExportJob, export_view::ExportView};
use provost_http::{Call, Json, OwnedGrant, Problem};

use crate::JOBS;

pub async fn get_export(call: Call<OwnedGrant<ExportJob>>) -> Result<Json<ExportView>, Problem> {
    let job = call.thing.clone();
    Ok(Json::new(ExportView::of(job, JOBS, call.now())))
}
