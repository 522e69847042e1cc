//! `GET /api/admin/applications`: list applications, newest first.

use provost_domain::{
    application::{ApplicationStatus, ApplicationType},
    page::Page,
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{ApplicationView, list_views};
use crate::spelling;

/// Filters and page of a list of applications. Values are accepted in lower and upper case.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ListApplications {
    /// Only applications of this type.
    #[serde(deserialize_with = "spelling::optional")]
    r#type: Option<ApplicationType>,
    /// Only applications with this status.
    #[serde(deserialize_with = "spelling::optional")]
    status: Option<ApplicationStatus>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists applications.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_applications(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ListApplications>,
) -> HandlerResult<Json<List<ApplicationView>>> {
    let ListApplications { r#type, status, page, limit, cursor } = query;
    let request = ctx.page_request(&Paging { page, limit, cursor }).await?;
    let page = ctx.app.store().applications(status, r#type, &request).await?;
    let rows = list_views(&ctx.app, &ctx.caller, page.rows).await?;
    Ok(Json::new(ctx.list(Page { rows, total: page.total, next: page.next }, &request).await?))
}
