//! `DELETE /api/users/{id}/sessions`: end every session of a person.

use provost_domain::{
    Principal,
    audit::{Resource, note_change},
};
use provost_http::{AccountGrant, Answer, BodyOrQuery, Call, Json, access::Granted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What ending sessions takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndSessions {
    /// Why, when it is somebody else's.
    reason: Option<String>,
}

/// How many sessions ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EndedView {
    /// How many sessions were alive, and are not any more.
    pub ended: usize,
}

pub async fn revoke_sessions(call: Call<AccountGrant>, BodyOrQuery(body): BodyOrQuery<EndSessions>) -> Answer<Json<EndedView>> {
    let reason = call.reason(body.reason.as_deref())?;
    end_all(&call, call.target.clone(), reason).await
}

/// Ends every session of a person, writes it down, and answers how many there were.
pub async fn end_all<G: Granted>(call: &Call<G>, principal: Principal, reason: Option<String>) -> Answer<Json<EndedView>> {
    let nothing = principal.sessions.is_empty();
    let subject = principal.subject();
    let (principal, ended) = principal.end_sessions(call.now());
    let answer = Json::new(EndedView { ended });
    if nothing {
        return Ok(answer);
    }
    let mut entry = call.entry("sessions.ended", Resource::User(subject));
    entry.reason = reason;
    note_change(&mut entry.changes, "sessions", &ended, &0);
    let mut tx = call.app.transaction();
    tx.save_principal(&principal)?;
    tx.audit(entry)?;
    call.commit(tx, &answer).await?;
    Ok(answer)
}
