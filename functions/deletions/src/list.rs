//! `GET /api/admin/deletions`: list deletion requests, newest first, with an exact total.

use provost_api::DeletionView;
use provost_domain::{ApiError, Timestamp, UserId, deletion::DeletionState};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant};
use provost_store::deletions::DeletionFilter;
use serde::Deserialize;

use crate::changes::views;

/// Filters and page of a list of deletion requests.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ListDeletions {
    /// Only requests with this status.
    status: Option<DeletionState>,
    /// Only requests of this user. Requests of erased accounts no longer have a user id.
    user_id: Option<UserId>,
    /// Only requests created at or after this time.
    from: Option<Timestamp>,
    /// Only requests created at or before this time.
    to: Option<Timestamp>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

pub(crate) async fn list_deletions(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ListDeletions>,
) -> HandlerResult<Json<List<DeletionView>>> {
    let ListDeletions { status, user_id, from, to, page, limit, cursor } = query;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(ApiError::field(
            "to",
            "contradiction",
            "The range ends before it starts. Enter a time that is not before `from`.",
        )
        .into());
    }
    let request = ctx.page_request(&Paging { page, limit, cursor }).await?;
    let page = ctx
        .app
        .store()
        .deletions(&DeletionFilter { state: status, user: user_id, from, to }, &request)
        .await?;
    let (total, next) = (page.total, page.next);
    let rows = views(&ctx.app, page.rows).await?;
    Ok(Json::new(ctx.list(provost_domain::page::Page { rows, total, next }, &request).await?))
}
