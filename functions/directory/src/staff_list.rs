//! `GET /api/admin/users`: list users by name, email address, id, role, status or age of the
//! account.

use provost_directory::{ListRequest, refused};
use provost_domain::{UserId, page};
use provost_http::{
    HandlerResult, Json, List, Paging, QueryParameters, RawQuery, RequestContext, UserRowView,
    access::StaffGrant,
};
use provost_search::{
    Cursor, Page, QueryError,
    query::{PageStart, admin},
};
use serde_json::Value;

use crate::users::lookup::staff_snapshot;

/// Filters, order and page of a list of users.
#[derive(Debug)]
pub struct StaffListParameters;

impl QueryParameters for StaffListParameters {
    fn schema() -> Value {
        admin::describe()
    }
}

/// Lists users.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_users(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<StaffListParameters>,
) -> HandlerResult<Json<List<UserRowView>>> {
    let ListRequest { list, query } =
        ListRequest::of_staff_list(&query.text, &ctx.caller.permissions)?;
    let (number, cursor) = match list.start {
        PageStart::Page(number) => (Some(number), None),
        PageStart::Cursor(sealed) => (None, Some(sealed)),
    };
    let paging = Paging { page: number, limit: Some(list.limit), cursor };
    let request = ctx.page_request(&paging).await?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let wanted = match request.after() {
        None => {
            Page::Offset { offset: usize::try_from(request.skip()).unwrap_or(usize::MAX), limit }
        }
        Some(position) => {
            let cursor = Cursor::from_bytes(position.as_bytes());
            Page::Cursor { cursor: cursor.map_err(|_| refused(QueryError::Cursor))?, limit }
        }
    };
    let snapshot = staff_snapshot(&ctx).await?;
    let caller = ctx.caller.user.user_id.to_string();
    let found = snapshot.index.query(&query, &wanted, &caller, ctx.now()).map_err(refused)?;
    let ids: Vec<UserId> = found.hits.iter().map(|hit| hit.id).collect();
    // A user who was erased in the meantime is left out.
    let rows = ctx.app.store().current_user_rows(&ids).await?;
    let page = page::Page {
        rows: rows.into_iter().map(|row| UserRowView::of(row, &ctx.caller, ctx.now())).collect(),
        total: found.total as u64,
        next: found.next.map(|next| String::from_utf8(next.to_bytes()).unwrap_or_default()),
    };
    Ok(Json::new(ctx.list(page, &request).await?))
}
