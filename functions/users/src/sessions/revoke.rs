//! `DELETE /v1/users/{user_id}/sessions` and `…/sessions/{session_id}`: revoke sessions of a user.

use provost_domain::{ApiError, SessionId};
use provost_http::{BodyOrQuery, HandlerResult, Json, NoContent, RequestContext, StaffTargetGrant};
use provost_operations::session;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to revoke sessions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RevokeSessions {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Result of revoking all sessions of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TerminatedView {
    /// Number of active sessions that were revoked.
    terminated: usize,
}

/// Revokes all sessions of a user.
///
/// # Errors
/// `VALIDATION_FAILED` on `reason`.
pub async fn revoke_directory_sessions(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<RevokeSessions>,
) -> HandlerResult<Json<TerminatedView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let view = |terminated| Json::new(TerminatedView { terminated });
    match session::end_all_sessions(&ctx.op(reason), &ctx.target)? {
        Some(change) => ctx.complete(change, view).await,
        None => Ok(view(0)),
    }
}

/// Revokes one session of a user. A session that has already ended is not an error.
///
/// # Errors
/// `NOT_FOUND` when the user never had such a session, as far as the login history tells.
pub async fn revoke_directory_session(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<RevokeSessions>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let id: SessionId = ctx.id("session_id", "session")?;
    let target = &ctx.target;
    if !target.sessions.contains_key(&id) {
        let known = ctx.app.store().sign_ins(target.user_id, [id]).await?;
        return if known.is_empty() {
            Err(ApiError::missing("session").into())
        } else {
            Ok(NoContent)
        };
    }
    match session::revoke_session(&ctx.op(reason), target, id) {
        Ok(change) => ctx.complete(change, |()| NoContent).await,
        Err(error) => Err(error.into()),
    }
}
