//! `DELETE /api/admin/users/{id}/grants?grantId=`: revoke a grant. Granted storage is removed from
//! the quota; stored files remain.

use provost_domain::{
    ApiError, AwardId,
    audit::{Resource, note_change},
    staff_record::{GrantEnd, GrantType},
};
use provost_http::{
    BodyOrQuery, HandlerError, HandlerResult, Json, RequestContext, StaffTargetGrant,
};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::list_grants::GrantView;

/// Request to revoke a grant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeGrant {
    /// Grant id.
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
    let (now, reason) = (ctx.now(), ctx.reason(body.reason.as_deref())?);
    let before = ctx.target.clone();
    ctx.check_version(before.version)?;
    let id: AwardId = body.grant_id.parse().map_err(|_| ApiError::missing("grant"))?;
    let grant = ctx
        .app
        .store()
        .grant(before.user_id, id)
        .await?
        .ok_or_else(|| ApiError::missing("grant"))?;
    let ended = grant.finish(GrantEnd::Revoked, now)?;
    let changed = if ended.r#type == GrantType::Storage {
        before.clone().withdraw_storage(ended.amount, now)
    } else {
        before.clone().changed(now)
    };

    let mut entry = ctx.entry(
        "grant.revoked",
        Resource::Owned { kind: "grant", id: id.to_string(), owner: before.subject() },
    );
    entry.reason = reason;
    note_change(&mut entry.changes, "amount", &Some(ended.amount), &None);
    note_change(&mut entry.changes, "storageQuota", &before.storage_quota, &changed.storage_quota);
    let mut tx = ctx.app.transaction();
    tx.save_principal(&changed)?;
    tx.end_grant(before.user_id, &ended)?;
    tx.audit(entry)?;
    let answer = Json::new(GrantView::from(ended)).version(changed.version);
    match ctx.commit(tx, &answer).await {
        // Ended by another request at the same time: evaluate this one again.
        Err(HandlerError::Conflict(Conflict::Grant)) => Err(HandlerError::Collision),
        outcome => outcome.map(|()| answer),
    }
}
