//! `POST /api/admin/users/{id}/sessions/{sessionId}/revoke`: revoke one session of a user. Its
//! access token is refused from the next request on.

use provost_domain::{SessionId, UserId};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::session;
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
    /// The user who was signed out.
    user_id: UserId,
    /// The session that has ended.
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
    let id: SessionId = ctx.id("sessionId", "session")?;
    let reason = ctx.reason(body.reason.as_deref())?;
    let change = session::revoke_session(&ctx.op(reason), &ctx.target, id)?;
    ctx.complete(change, |()| {
        Json::new(RevokedView { user_id: ctx.target.user_id, session_id: id, revoked_sessions: 1 })
    })
    .await
}
