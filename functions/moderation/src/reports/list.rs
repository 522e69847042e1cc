//! `GET /api/admin/reports`: list reports, newest first.

use provost_domain::{
    page::Page,
    report::{ReportCategory, ReportStatus, ReportType, Severity},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant, users};
use provost_store::reports::ReportFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{ReportView, list_views};
use crate::spelling;

/// Filters and page of a list of reports. Values are accepted in lower and upper case.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ListReports {
    /// Only reports about content or about users.
    #[serde(deserialize_with = "spelling::optional")]
    r#type: Option<ReportType>,
    /// Only reports with this status.
    #[serde(deserialize_with = "spelling::optional")]
    status: Option<ReportStatus>,
    /// Only reports of this severity.
    #[serde(deserialize_with = "spelling::optional")]
    severity: Option<Severity>,
    /// Only reports of this category.
    #[serde(deserialize_with = "spelling::optional")]
    category: Option<ReportCategory>,
    /// Only reports assigned to this staff member: user id, or `me`.
    assigned_to: Option<String>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists reports.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_reports(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ListReports>,
) -> HandlerResult<Json<List<ReportView>>> {
    let ListReports { r#type, status, severity, category, assigned_to, page, limit, cursor } =
        query;
    let request = ctx.page_request(&Paging { page, limit, cursor }).await?;
    let assigned_to = match assigned_to {
        Some(name) => Some(users::assignee(&ctx, &name).await?.pseudonym),
        None => None,
    };
    let wanted = ReportFilter { status, r#type, severity, category, assigned_to };
    let page = ctx.app.store().reports(&wanted, &request).await?;
    let rows = list_views(&ctx.app, &ctx.caller, &page.rows).await?;
    Ok(Json::new(ctx.list(Page { rows, total: page.total, next: page.next }, &request).await?))
}
