//! `GET /api/admin/export-jobs/{id}`: one job and how far it has come.

use provost_domain::export_view::ExportView;
use provost_http::{Call, Json, Problem, Staff};

use crate::{JOBS, find};

pub async fn show(call: Call<Staff>) -> Result<Json<ExportView>, Problem> {
    let job = find::job(&call).await?;
    Ok(Json::new(ExportView::of(job, JOBS, call.now())))
}
