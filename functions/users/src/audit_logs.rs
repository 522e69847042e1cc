//! `GET /v1/users/{user_id}/audit-logs`: the audit log entries about a user.

use provost_api::{Snake, SnakeList};
use provost_domain::{ApiError, Permission, Timestamp, audit::Record, text};
use provost_http::{
    HandlerResult, Json, Paging, Query, RequestContext, access::StaffGrant, user_fields::spelled,
    users,
};
use provost_store::audit_log::AuditFilter;
use schemars::JsonSchema;
use serde::Deserialize;

/// Filters and page of a list of audit log entries about a user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserAuditQuery {
    /// Only this action, by its full name, such as `user.banned`.
    action: Option<String>,
    /// Only entries at or after this time.
    from: Option<Timestamp>,
    /// Only entries at or before this time.
    to: Option<Timestamp>,
    /// `true` for successful actions only, `false` for refused requests only. Default: both.
    success: Option<bool>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists the entries about a user.
///
/// # Errors
/// `INVALID_USER_ID` when there is no such user; `VALIDATION_FAILED` for an invalid filter.
pub async fn list_user_audit_logs(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<UserAuditQuery>,
) -> HandlerResult<Json<SnakeList<Snake<Record>>>> {
    let paging = Paging {
        page: query.page,
        limit: query.limit.or(Some(crate::DEFAULT_LIMIT)),
        cursor: query.cursor,
    };
    let request = ctx.page_request(&paging).await?;
    if let (Some(from), Some(to)) = (query.from, query.to)
        && from > to
    {
        return Err(ApiError::field(
            "from",
            "contradiction",
            "The range ends before it starts. Enter a time that is not after `to`.",
        )
        .into());
    }
    let action = query.action.map(|action| text::search("action", &action, 100)).transpose()?;
    let id = users::named_id_in(&ctx, "user_id").await?;
    let store = ctx.app.store();
    let about = store.user(id).await?.ok_or_else(ApiError::no_such_user)?;
    let filter = AuditFilter {
        target: Some(about.pseudonym),
        action,
        from: query.from,
        to: query.to,
        success: query.success,
        ..AuditFilter::default()
    };
    let page = store.audit_log(&filter, ctx.now(), &request).await?;
    let page = page.map(|record| Snake(visible(&ctx, record)));
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

/// Hides the addresses of others from readers without the permission, and from everybody who
/// reported them.
fn visible(ctx: &RequestContext<StaffGrant>, record: Record) -> Record {
    let mut record = if record.names_reporter_of(ctx.caller.user.user_id) {
        record.without_actor()
    } else if ctx.caller.permissions.contains(&Permission::SessionRead) {
        record
    } else {
        record.without_addresses()
    };
    for field in &mut record.redacted {
        *field = spelled(field);
    }
    record
}
