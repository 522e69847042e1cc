//! `GET /v1/jobs/{id}/items`: the users that a bulk job has processed, with what became of each. As
//! long as it waits for its approval, the users of its plan.

use provost_api::bulk::BulkItemView;
use provost_domain::{
    bulk::{BulkItem, BulkJob, BulkOutcome, BulkStatus},
    page::{Page, PageRequest},
};
use provost_http::{HandlerResult, JobGrant, Json, Paging, Query, RequestContext, SnakeList};
use schemars::JsonSchema;
use serde::Deserialize;

use super::visible_bulk_job;

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

/// Lists the users that a bulk job has processed, or is to process once it is approved.
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
    let (job, store) = (visible_bulk_job(&ctx).await?, ctx.app.store());
    let page = if job.status == BulkStatus::AwaitingApproval {
        planned(&ctx, &job, outcome, &request).await?
    } else {
        store.bulk_items(job.id, outcome, &request).await?
    };
    let users = store.subjects(page.rows.iter().map(|item| item.user)).await?;
    let name = |pseudonym| users.get(&pseudonym).map(|subject| subject.user_id);
    let view = page.map(|item| BulkItemView::of(&item, name));
    Ok(Json::new(ctx.list(view, &request).await?.into()))
}

/// The users of the plan of a job that waits for its approval.
async fn planned(
    ctx: &RequestContext<JobGrant>,
    job: &BulkJob,
    outcome: Option<BulkOutcome>,
    request: &PageRequest,
) -> HandlerResult<Page<BulkItem>> {
    let entries = ctx.app.store().all_planned_users(job).await?;
    let items = entries.into_iter().map(|entry| BulkItem::planned(entry, job.created_at));
    let wanted = |item: &BulkItem| outcome.is_none_or(|outcome| item.outcome == outcome);
    Ok(Page::of(items.filter(wanted).collect(), request))
}
