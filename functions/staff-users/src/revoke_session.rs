//! `POST /api/admin/users/{id}/sessions/{sessionId}/revoke`: revoke one session of a user. Its
//! access token is refused from the next request on.

use provost_domain::{ApiError, SessionId, UserId, audit::Resource};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to revoke a session.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RevokeSession {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Result of revoking a session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokedView {
    /// User id.
    user_id: UserId,
    /// Session id.
    session_id: SessionId,
    /// Number of revoked sessions. Always 1.
    revoked_sessions: u32,
}

/// Ends a session.
///
/// # Errors
/// `NOT_FOUND` when the user has no such live session.
pub async fn revoke_user_session(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<RevokeSession>,
) -> HandlerResult<Json<RevokedView>> {
    let session: SessionId = ctx.id("sessionId", "session")?;
    let reason = ctx.reason(body.reason.as_deref())?;
    let mut target = ctx.target.clone();
    if target.sessions.remove(&session).is_none_or(|ended| ended.expires_at <= ctx.now()) {
        return Err(ApiError::missing("session").into());
    }

    let mut entry = ctx.entry(
        "session.revoked",
        Resource::Owned { kind: "session", id: session.to_string(), owner: ctx.subject() },
    );
    entry.reason = reason;
    let mut tx = ctx.app.transaction();
    tx.save_principal(&target)?;
    tx.audit(entry)?;
    let answer = Json::new(RevokedView {
        user_id: target.user_id,
        session_id: session,
        revoked_sessions: 1,
    });
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
