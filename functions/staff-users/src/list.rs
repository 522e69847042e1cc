//! `GET /api/admin/users`: list users by name, email address, id, role, status or age of the
//! account.

use provost_api::user_input::RoleName;
use provost_domain::{Timestamp, text};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use provost_store::directory::Filter;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    input::{SortName, StatusName},
    views::UserRowView,
};

/// Filters, order and page of a list of users.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserQuery {
    /// Prefix of a display name or email address, not case-sensitive, or a complete user id or
    /// unique id.
    #[schemars(length(max = 254))]
    search: Option<String>,
    /// Only users with this built-in role, in either spelling.
    role: Option<RoleName>,
    /// Only accounts with this status at the time of the request.
    status: Option<StatusName>,
    /// Only accounts created after this time.
    created_after: Option<Timestamp>,
    /// Sort order. Default: `recent`.
    sort: Option<SortName>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists users.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_users(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<UserQuery>,
) -> HandlerResult<Json<List<UserRowView>>> {
    let now = ctx.now();
    let request = ctx
        .page_request(&Paging { page: query.page, limit: query.limit, cursor: query.cursor })
        .await?;
    let search = query.search.map(|search| text::search("search", &search, 254)).transpose()?;
    let filter = Filter {
        role: query.role.map(|role| role.0),
        standing: query.status.map(StatusName::standing),
        created_after: query.created_after,
        now,
    };
    let page = ctx
        .app
        .store()
        .users(&filter, query.sort.unwrap_or_default().order(), search.as_deref(), &request)
        .await?;
    let page = page.map(|row| UserRowView::of(row, &ctx.caller, now));
    Ok(Json::new(ctx.list(page, &request).await?))
}
