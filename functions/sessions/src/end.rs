//! `DELETE /api/users/{id}/sessions`: revoke all sessions of a user.

use provost_domain::User;
use provost_http::{
    AccountGrant, BodyOrQuery, HandlerResult, Json, RequestContext, access::AccessGrant,
};
use provost_operations::session::end_all_sessions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to revoke a user's sessions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndSessions {
    /// Reason for the audit log, for another user's sessions.
    reason: Option<String>,
}

/// Result of revoking sessions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndedView {
    /// Number of active sessions that were revoked.
    pub revoked_sessions: usize,
}

pub async fn revoke_sessions(
    ctx: RequestContext<AccountGrant>,
    BodyOrQuery(body): BodyOrQuery<EndSessions>,
) -> HandlerResult<Json<EndedView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    end_all(&ctx, &ctx.target, reason).await
}

/// Revokes all sessions of a user.
pub async fn end_all<G: AccessGrant>(
    ctx: &RequestContext<G>,
    owner: &User,
    reason: Option<String>,
) -> HandlerResult<Json<EndedView>> {
    let view = |ended| Json::new(EndedView { revoked_sessions: ended });
    match end_all_sessions(&ctx.op(reason), owner)? {
        Some(change) => ctx.complete(change, view).await,
        None => Ok(view(0)),
    }
}
