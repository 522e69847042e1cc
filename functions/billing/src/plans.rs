//! `GET /api/admin/plans`: list plans.

use provost_domain::{page::Page, product::ProductType};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::PlanView;

/// Filter and page of a list of plans.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlanQuery {
    /// `true` for available plans only, `false` for unavailable plans only. Default: both.
    active: Option<bool>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists plans.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_plans(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<PlanQuery>,
) -> HandlerResult<Json<List<PlanView>>> {
    let request = ctx
        .page_request(&Paging { page: query.page, limit: query.limit, cursor: query.cursor })
        .await?;
    let mut plans = ctx.app.store().products().await?;
    plans.retain(|product| {
        product.r#type == ProductType::Plan
            && query.active.is_none_or(|active| product.active == active)
    });
    Ok(Json::new(ctx.list(Page::of(plans, &request).map(PlanView::from), &request).await?))
}
