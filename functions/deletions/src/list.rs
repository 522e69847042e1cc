//! `GET /api/admin/deletions`: deletion requests, newest first, with an exact total.

use provost_domain::{
    Refused, Timestamp, UserId,
    deletion::{DeletionState, DeletionView},
};
use provost_http::{Answer, Call, Json, List, Paging, Query, Staff};
use provost_store::deletions::Wanted;
use serde::Deserialize;

use crate::changes::views;

/// Which requests are wanted.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ListDeletions {
    /// Only requests that stand here.
    status: Option<DeletionState>,
    /// Only requests of this person; those of an erased account no longer lead to them.
    user_id: Option<UserId>,
    /// Only requests made at or after this time.
    from: Option<Timestamp>,
    /// Only requests made at or before this time.
    to: Option<Timestamp>,
    /// The page's number, from 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Rows per page, 1 to 200; 50 unless given.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Not together with `page`.
    cursor: Option<String>,
}

pub(crate) async fn list_deletions(call: Call<Staff>, Query(query): Query<ListDeletions>) -> Answer<Json<List<DeletionView>>> {
    let ListDeletions { status, user_id, from, to, page, limit, cursor } = query;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Refused::field("to", "contradiction", "Give an end that is not before the beginning.").into());
    }
    let request = call.page_request(&Paging { page, limit, cursor }).await?;
    let page = call.app.store().deletions(&Wanted { state: status, user: user_id, from, to }, &request).await?;
    let (total, next) = (page.total, page.next);
    let rows = views(&call.app, page.rows).await?;
    Ok(Json::new(call.list(provost_domain::page::Page { rows, total, next }, &request).await?))
}
