//! `DELETE /api/users/{id}/sessions`: revoke all sessions of a user.

use provost_domain::{
    Principal,
    audit::{Resource, note_change},
};
use provost_http::{
    AccountGrant, BodyOrQuery, HandlerResult, Json, RequestContext, access::AccessGrant,
};
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
    end_all(&ctx, ctx.target.clone(), reason).await
}

/// Revokes all sessions of a user, records it, and returns their number.
pub async fn end_all<G: AccessGrant>(
    ctx: &RequestContext<G>,
    principal: Principal,
    reason: Option<String>,
) -> HandlerResult<Json<EndedView>> {
    let nothing = principal.sessions.is_empty();
    let subject = principal.subject();
    let (principal, ended) = principal.end_sessions(ctx.now());
    let answer = Json::new(EndedView { revoked_sessions: ended });
    if nothing {
        return Ok(answer);
    }
    let mut entry = ctx.entry("sessions.ended", Resource::User(subject));
    entry.reason = reason;
    note_change(&mut entry.changes, "sessions", &ended, &0);
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    tx.audit(entry)?;
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
