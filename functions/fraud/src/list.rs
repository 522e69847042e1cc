//! `GET /api/admin/fraud-alerts`: alerts, newest first.

use provost_domain::{
    UserId,
    fraud::{AlertStatus, AlertView, Rule},
    page::Page,
};
use provost_http::{Answer, Call, Json, List, Paging, Query, Staff};
use provost_store::fraud::Wanted;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{assignee, find};

/// Which alerts are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ListAlerts {
    /// Only alerts that stand here.
    status: Option<AlertStatus>,
    /// Only alerts in which this rule spoke.
    rule: Option<Rule>,
    /// Only alerts about this person.
    user_id: Option<UserId>,
    /// Only alerts that this member of staff looks after: their id, or `me`.
    assigned_to: Option<String>,
    /// The page's number, from 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Rows per page, 1 to 200; 50 unless given.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Not together with `page`.
    cursor: Option<String>,
}

pub async fn list_fraud_alerts(call: Call<Staff>, Query(query): Query<ListAlerts>) -> Answer<Json<List<AlertView>>> {
    let ListAlerts { status, rule, user_id, assigned_to, page, limit, cursor } = query;
    let request = call.page_request(&Paging { page, limit, cursor }).await?;
    let assigned_to = match assigned_to {
        Some(name) => Some(assignee::named(&call, &name).await?.pseudonym),
        None => None,
    };
    let page = call.app.store().alerts(&Wanted { status, rule, user: user_id, assigned_to }, &request).await?;
    let rows = find::views(&call.app, &call.caller, &page.rows).await?;
    Ok(Json::new(call.list(Page { rows, total: page.total, next: page.next }, &request).await?))
}
