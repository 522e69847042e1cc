//! `GET /api/admin/fraud-alerts`: list fraud alerts, newest first.

use provost_api::fraud::AlertView;
use provost_domain::{
    UserId,
    fraud::{AlertStatus, Rule},
    page::Page,
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant, users};
use provost_store::fraud::AlertFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::find;

/// Filters and page of a list of fraud alerts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ListAlerts {
    /// Only alerts with this status.
    status: Option<AlertStatus>,
    /// Only alerts in which this rule matched.
    rule: Option<Rule>,
    /// Only alerts about this user.
    user_id: Option<UserId>,
    /// Only alerts assigned to this staff member: user id, or `me`.
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

pub async fn list_fraud_alerts(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ListAlerts>,
) -> HandlerResult<Json<List<AlertView>>> {
    let ListAlerts { status, rule, user_id, assigned_to, page, limit, cursor } = query;
    let request = ctx.page_request(&Paging { page, limit, cursor }).await?;
    let assigned_to = match assigned_to {
        Some(name) => Some(users::assignee(&ctx, &name).await?.pseudonym),
        None => None,
    };
    let page = ctx
        .app
        .store()
        .alerts(&AlertFilter { status, rule, user: user_id, assigned_to }, &request)
        .await?;
    let rows = find::views(&ctx.app, &ctx.caller, &page.rows).await?;
    Ok(Json::new(ctx.list(Page { rows, total: page.total, next: page.next }, &request).await?))
}
