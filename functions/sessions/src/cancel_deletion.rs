//! Signing in again can cancel a pending deletion: the account is restored in the transaction that
//! signs the user in.

use provost_domain::{
    MessageId, Principal,
    audit::{Actor, Resource},
    deletion::{CancelledBy, DeletionRequest},
    mail::Template,
    message::{About, Message},
};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use provost_operations::deletion;
use provost_store::Transaction;

/// Cancels the deletion of the account; the returned principal must still be saved.
pub fn cancel_deletion(
    ctx: &RequestContext<PublicGrant>,
    tx: &mut Transaction,
    principal: Principal,
    request: Option<DeletionRequest>,
) -> HandlerResult<Principal> {
    let (subject, now, mail) = (principal.subject(), ctx.now(), ctx.app.id(MessageId::new));
    let pending = principal.deletion.as_ref().map(|deletion| deletion.id);
    let kept = principal.restore_from_deletion(now)?.with_hold_of(request.as_ref());
    let Some(id) = pending else { return Ok(kept) };
    if let Some(request) = request {
        deletion::cancel(tx, request, None, CancelledBy::Owner, mail, now)?;
    }
    ctx.app.send(
        tx,
        Message::Mail {
            id: mail,
            user: kept.user_id,
            template: Template::DeletionCancelled,
            about: Some(About::Deletion(id)),
        },
    )?;
    let mut entry = ctx.entry(
        "deletion.cancelled",
        Resource::Owned { kind: "deletion", id: id.to_string(), owner: subject.clone() },
    );
    entry.actor = Actor::User(subject);
    tx.audit(entry)?;
    Ok(kept)
}

/// Saves the cancellation for an account that cannot sign in, such as a banned one. Returns the
/// account as it is now stored.
pub async fn keep(mut tx: Transaction, kept: Principal) -> HandlerResult<Principal> {
    tx.save_principal(&kept)?;
    tx.commit().await?;
    Ok(Principal { revision: kept.revision + 1, ..kept })
}
