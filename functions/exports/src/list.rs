//! `GET /api/admin/export-jobs`: list export jobs, newest first.

use provost_api::ExportView;
use provost_domain::{UserId, export::ExportStatus, page::Page};
use provost_http::{HandlerError, Json, List, Paging, Query, RequestContext, StaffGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::JOBS;

/// Filters and page of a list of export jobs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExportFilter {
    /// Only jobs with this status.
    status: Option<ExportStatus>,
    /// Only exports of this user.
    user_id: Option<UserId>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

pub async fn list_exports(
    ctx: RequestContext<StaffGrant>,
    Query(wanted): Query<ExportFilter>,
) -> Result<Json<List<ExportView>>, HandlerError> {
    let request = ctx
        .page_request(&Paging { page: wanted.page, limit: wanted.limit, cursor: wanted.cursor })
        .await?;
    let store = ctx.app.store();
    let page = match wanted.user_id {
        // A user has few jobs, and the user's own index finds them; the list of all jobs would have
        // to be read to its end.
        Some(user) => {
            let mut jobs = store.exports_of(user).await?;
            if let Some(status) = wanted.status {
                jobs.retain(|job| job.status == status);
            }
            Page::of(jobs, &request)
        }
        None => store.exports(wanted.status, &request).await?,
    };
    let now = ctx.now();
    Ok(Json::new(ctx.list(page.map(|job| ExportView::of(job, JOBS, now)), &request).await?))
}
