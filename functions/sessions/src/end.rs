//! `DELETE /api/users/{id}/sessions`: end every session of a person.

use provost_domain::{
    Principal, Refused,
    account::check_standing,
    audit::{Resource, note_change},
};
use provost_http::{Answer, BodyOrQuery, Call, Json, OwnGrant, access::Granted};
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

pub async fn end(call: Call<OwnGrant>, BodyOrQuery(body): BodyOrQuery<EndSessions>) -> Answer<Json<EndedView>> {
    let reason = call.reason(body.reason.as_deref())?;
    if call.own {
        return end_all(&call, call.caller.principal.clone(), reason).await;
    }
    let target = call.app.store().principal(call.user).await?.ok_or_else(Refused::no_such_user)?;
    check_standing(call.caller.acting(), &target)?;
    end_all(&call, target, reason).await
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
