//! `GET /api/admin/users/{id}/grants`: the grants of a user, newest first, including those that
//! have ended.

use provost_domain::{
    GrantId, Pseudonym, Timestamp,
    staff_record::{Grant, GrantEnd, GrantType},
};
use provost_http::{
    HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant, users,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Filter and page of a list of grants.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GrantQuery {
    /// `true` for active grants only, `false` for ended grants only. Default: both.
    active: Option<bool>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// A benefit granted by staff.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
    /// Grant id.
    id: GrantId,
    /// Type of benefit.
    r#type: GrantType,
    /// Amount. In bytes for storage.
    amount: u64,
    /// Reason for the grant.
    reason: Option<String>,
    /// Pseudonym of the staff member who gave the grant.
    granted_by: Pseudonym,
    /// Time of the grant.
    created_at: Timestamp,
    /// Time at which the grant ends; null if it has no end.
    expires_at: Option<Timestamp>,
    /// Whether the grant is in effect.
    active: bool,
    /// Time at which the grant ended; null while it is active.
    ended_at: Option<Timestamp>,
    /// How the grant ended; null while it is active.
    end: Option<GrantEnd>,
    /// Whether the requested end was reduced to the maximum of 3650 days. Present only in the
    /// response that creates the grant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    clamped: bool,
}

impl GrantView {
    /// Sets whether the end was reduced.
    pub(crate) const fn clamped(mut self, clamped: bool) -> Self {
        self.clamped = clamped;
        self
    }
}

impl From<Grant> for GrantView {
    fn from(grant: Grant) -> Self {
        Self {
            active: grant.is_live(),
            id: grant.id,
            r#type: grant.r#type,
            amount: grant.amount,
            reason: grant.reason,
            granted_by: grant.by,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            ended_at: grant.ended_at,
            end: grant.end,
            clamped: false,
        }
    }
}

/// Lists grants.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn list_user_grants(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<GrantQuery>,
) -> HandlerResult<Json<List<GrantView>>> {
    let request = ctx
        .page_request(&Paging { page: query.page, limit: query.limit, cursor: query.cursor })
        .await?;
    let user = users::named(&ctx).await?.user_id;
    let page = ctx.app.store().grants(user, query.active, &request).await?;
    Ok(Json::new(ctx.list(page.map(GrantView::from), &request).await?))
}
