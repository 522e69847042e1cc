//! Signing in again takes a pending deletion back: the account is as it was, in the same transaction that signs its owner in.

use provost_domain::{
    MessageId, Principal,
    audit::{Actor, Resource},
    mail::Template,
    message::{About, Message},
};
use provost_http::{Answer, Anyone, Call};
use provost_store::Transaction;

/// Takes the deletion of this account back; the principal that is answered still has to be written.
pub async fn take_back(call: &Call<Anyone>, tx: &mut Transaction, principal: Principal) -> Answer<Principal> {
    let (subject, now, mail) = (principal.subject(), call.now(), call.app.id(MessageId::new));
    let pending = principal.deletion.as_ref().map(|deletion| deletion.id);
    let kept = principal.undelete(now)?;
    let Some(id) = pending else { return Ok(kept) };
    if let Some(request) = call.app.store().deletion(id).await? {
        tx.cancel_deletion(request, None, mail, now)??;
    }
    call.app.send(
        tx,
        Message::Mail { id: mail, user: kept.user_id, template: Template::DeletionCancelled, about: Some(About::Deletion(id)) },
    )?;
    let mut entry = call.entry("deletion.cancelled", Resource::Owned { kind: "deletion", id: id.to_string(), owner: subject.clone() });
    entry.actor = Actor::User(subject);
    tx.audit(entry)?;
    Ok(kept)
}
