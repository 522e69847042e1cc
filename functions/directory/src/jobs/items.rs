//! `GET /v1/jobs/{id}/items`: the users that a bulk job has processed, with what became of each.

use provost_api::bulk::BulkItemView;
use provost_domain::bulk::BulkOutcome;
use provost_http::{HandlerResult, JobGrant, Json, Paging, Query, RequestContext, SnakeList};
use schemars::JsonSchema;
use serde::Deserialize;

use super::bulk_job;

/// Outcome, and page of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobItemQuery {
    /// Only users with this outcome.
    #[serde(default)]
    outcome: Option<BulkOutcome>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    #[serde(default)]
    cursor: Option<String>,
}

/// Lists the users that a bulk job has processed.
///
/// # Errors
/// `NOT_FOUND` for a job of another caller or kind.
pub async fn list_job_items(
    ctx: RequestContext<JobGrant>,
    Query(query): Query<JobItemQuery>,
) -> HandlerResult<Json<SnakeList<BulkItemView>>> {
    let JobItemQuery { outcome, page, limit, cursor } = query;
    let paging = Paging { page, limit: Some(limit.unwrap_or(25)), cursor };
    let request = ctx.page_request(&paging).await?;
    let (job, store) = (bulk_job(&ctx).await?, ctx.app.store());
    let page = store.bulk_items(job.id, outcome, &request).await?;
    let users = store.subjects(page.rows.iter().map(|item| item.user)).await?;
    let name = |pseudonym| users.get(&pseudonym).map(|subject| subject.user_id);
    let view = page.map(|item| BulkItemView::of(&item, name));
    Ok(Json::new(ctx.list(view, &request).await?.into()))
}
