//! `GET /api/admin/plans`: the plans that there are.

use provost_domain::{page::Page, product::ProductType};
use provost_http::{Answer, Call, Json, List, Paging, Query, access::Staff};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::PlanView;

/// Which plans are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlanQuery {
    /// Only those that may be applied, or only those that may not.
    active: Option<bool>,
    /// The page's number, from 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Rows per page, 1 to 200; 50 unless given.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Not together with `page`.
    cursor: Option<String>,
}

/// Lists plans.
///
/// # Errors
/// `VALIDATION_FAILED` for a page that there cannot be.
pub async fn list_plans(call: Call<Staff>, Query(query): Query<PlanQuery>) -> Answer<Json<List<PlanView>>> {
    let request = call.page_request(&Paging { page: query.page, limit: query.limit, cursor: query.cursor }).await?;
    let mut plans = call.app.store().products().await?;
    plans.retain(|product| product.r#type == ProductType::Plan && query.active.is_none_or(|active| product.active == active));
    Ok(Json::new(call.list(Page::of(plans, &request).map(PlanView::from), &request).await?))
}
