//! `DELETE /api/admin/users/{id}`: erase an account without a grace period.

use provost_domain::{
    DeletionId, Refused,
    deletion::{DeletionRequest, DeletionView, NewDeletion},
    message::Message,
    principal::PendingDeletion,
};
use provost_http::{Accepted, Answer, BodyOrQuery, Call, OverGrant};
use provost_store::memberships::blocked_by;
use serde::Deserialize;

use crate::changes::{location, resource, view};

/// What a purge takes, in the body or in the query.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct PurgeUser {
    /// Why; also accepted as the header X-Reason.
    reason: Option<String>,
    /// Must be true: there is no way back.
    confirm_delete: Option<bool>,
}

pub(crate) async fn purge(call: Call<OverGrant>, BodyOrQuery(body): BodyOrQuery<PurgeUser>) -> Answer<Accepted<DeletionView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    if body.confirm_delete != Some(true) {
        return Err(Refused::field(
            "confirmDelete",
            "required",
            "Send `confirmDelete: true` to say that you mean it; there is no way back.",
        )
        .into());
    }
    let (app, now, person) = (&call.app, call.now(), call.target.clone());
    let blocked = blocked_by(&app.store().owned_with_others(person.user_id).await?);
    let new = NewDeletion {
        id: app.id(DeletionId::new),
        user: person.user_id,
        pseudonym: person.pseudonym,
        requested_by: call.caller.principal.pseudonym.to_string(),
        reason: Some(reason.clone()),
        due_at: now,
        blocked,
    };
    let request = DeletionRequest::new(new, now);
    // A blocked request stands all the same: it goes on by itself when nothing is in its way any more.
    let pending = PendingDeletion { id: request.id, due_at: now, before: person.status, executing: false };
    let deleted = person.clone().delete(pending, None, now)?;

    let mut tx = app.transaction();
    tx.keep_a_root(&person, &deleted, Some(&call.caller.principal)).await??;
    tx.save_principal(&deleted)?;
    tx.create_deletion(&request, now)?;
    let mut entry = call.entry("deletion.requested", resource(&request, Some(&person)));
    entry.reason = Some(reason);
    tx.audit(entry)?;
    app.send(&mut tx, Message::Deletion { request: request.id })?;
    let answer = Accepted(view(app, &request).await?, location(&request));
    call.commit(tx, &answer).await?;
    Ok(answer)
}
