//! `DELETE /api/admin/users/{id}/grants?grantId=`: revoke a grant. Granted storage is removed from
//! the quota; stored files remain.

use provost_domain::{ApiError, GrantId, staff_record::GrantEnd};
use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::end_grant;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::grants::list::GrantView;

/// Request to revoke a grant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeGrant {
    /// The grant to revoke.
    grant_id: String,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Revokes a grant.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_ACTION` when it has ended, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn revoke_benefit(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<RevokeGrant>,
) -> HandlerResult<Json<GrantView>> {
    let (reason, before) = (ctx.reason(body.reason.as_deref())?, &ctx.target);
    ctx.check_version(before.version)?;
    let missing = || ApiError::missing("grant");
    let id: GrantId = body.grant_id.parse().map_err(|_| missing())?;
    let grant = ctx.app.store().grant(before.user_id, id).await?.ok_or_else(missing)?;
    let change = end_grant(&ctx.op(reason), before, grant, GrantEnd::Revoked)?;
    ctx.complete(change, |ended| {
        Json::new(GrantView::from(ended.grant)).version(ended.owner.version)
    })
    .await
}
