//! `GET /api/admin/audit/logs`: who did what to whom, when, why and with what result, newest first.

use std::borrow::Cow;

use provost_domain::{
    ApiError, Permission, Pseudonym, Timestamp, UserId, audit::Record, ids::canonical, page::Page,
    text, time::DAY,
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use provost_store::audit_log::AuditFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Filters and page of a list of audit log entries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuditQuery {
    /// Only this action, by its full name, such as `user.banned`.
    action: Option<String>,
    /// Only actions by this actor: a user id, a pseudonym (for erased users), `service:…`,
    /// `system:…`, `cli` or `anonymous`.
    admin: Option<String>,
    /// Only entries about this user (a user id, or a pseudonym for erased users) or this resource
    /// id.
    target: Option<String>,
    /// Only entries about the resource with this id, or about resources of this kind.
    resource: Option<String>,
    /// Only entries about resources of this kind, such as `user`, `export` or `deletion`.
    resource_type: Option<String>,
    /// Only entries at or after this time.
    from: Option<Timestamp>,
    /// Only entries at or before this time. A date without a time includes the whole day.
    to: Option<Until>,
    /// `true` for successful actions only, `false` for refused requests only. Default: both.
    success: Option<bool>,
    /// Only entries with this text in the action, an id or the reason, not case-sensitive. At most
    /// 100 characters.
    #[schemars(length(max = 100))]
    search: Option<String>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// End of a time range; a date without a time means the end of that day.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(with = "Timestamp")]
struct Until(Timestamp);

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let time: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(if text.len() == 10 { time.plus(DAY - 1) } else { time }))
    }
}

/// Lists audit log entries.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_audit_entries(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<AuditQuery>,
) -> HandlerResult<Json<List<Record>>> {
    let request = ctx
        .page_request(&Paging {
            page: query.page,
            limit: query.limit,
            cursor: query.cursor.clone(),
        })
        .await?;
    let page = match filter(&ctx, query).await? {
        Some(filter) => ctx.app.store().audit_log(&filter, ctx.now(), &request).await?,
        None => Page { rows: Vec::new(), total: 0, next: None },
    };
    let sees_addresses = ctx.caller.permissions.contains(&Permission::SessionRead);
    let page = page.map(|record| if sees_addresses { record } else { record.without_addresses() });
    Ok(Json::new(ctx.list(page, &request).await?))
}

/// The same, by the path of older clients.
///
/// # Errors
/// As [`list_audit_entries`].
pub async fn list_audit_logs(
    ctx: RequestContext<StaffGrant>,
    query: Query<AuditQuery>,
) -> HandlerResult<Json<List<Record>>> {
    list_audit_entries(ctx, query).await
}

/// The filter for the store; `None` when it names an unknown user, so that no entry can match.
async fn filter(
    ctx: &RequestContext<StaffGrant>,
    query: AuditQuery,
) -> HandlerResult<Option<AuditFilter>> {
    let to = query.to.map(|to| to.0);
    if let (Some(from), Some(to)) = (query.from, to)
        && from > to
    {
        return Err(ApiError::field(
            "from",
            "contradiction",
            "The range ends before it starts. Enter a time that is not after `to`.",
        )
        .into());
    }
    let bounded = |name: &str, given: Option<String>| {
        given.map(|text| text::search(name, &text, 100)).transpose()
    };
    let mut filter = AuditFilter {
        action: bounded("action", query.action)?,
        resource_type: bounded("resourceType", query.resource_type)?,
        search: bounded("search", query.search)?,
        from: query.from,
        to,
        success: query.success,
        ..AuditFilter::default()
    };
    if let Some(admin) = bounded("admin", query.admin)? {
        filter.actor = match log_name(ctx, &admin).await? {
            Some(name) => Some(name.to_string()),
            None if is_user(&admin) => return Ok(None),
            None => Some(canonical(&admin)),
        };
    }
    if let Some(target) = bounded("target", query.target)? {
        match log_name(ctx, &target).await? {
            Some(name) => filter.target = Some(name),
            None if is_user(&target) => return Ok(None),
            None => filter.target_id = Some(canonical(&target)),
        }
    }
    if let Some(resource) = bounded("resource", query.resource)? {
        filter.resource = match log_name(ctx, &resource).await? {
            Some(name) => Some(name.to_string()),
            None if is_user(&resource) => return Ok(None),
            None => Some(canonical(&resource)),
        };
    }
    Ok(Some(filter))
}

fn is_user(text: &str) -> bool {
    text.parse::<UserId>().is_ok()
}

/// The pseudonym of a user who is named by id or by pseudonym; `None` for any other text, or for a
/// user who does not exist.
async fn log_name(
    ctx: &RequestContext<StaffGrant>,
    name: &str,
) -> HandlerResult<Option<Pseudonym>> {
    if let Ok(pseudonym) = name.parse() {
        return Ok(Some(pseudonym));
    }
    let Ok(user) = name.parse::<UserId>() else { return Ok(None) };
    Ok(ctx.app.store().principal(user).await?.map(|principal| principal.pseudonym))
}
