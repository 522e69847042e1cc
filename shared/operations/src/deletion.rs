//! Operations on the deletion of an account.

use provost_domain::{
    MessageId, Principal, Timestamp,
    deletion::{CancelledBy, DeletionRequest},
    mail::Template,
    message::{About, Message},
};
use provost_store::Transaction;

use crate::OperationError;

/// Cancels a deletion in a transaction: the account is as it was, still under its legal hold, nobody
/// is signed in, and the user is notified by the email `mail`. The caller adds the audit entry.
///
/// # Errors
/// `INVALID_ACTION` when the request has ended or is being carried out, `OUTRANKED`.
pub fn cancel(
    tx: &mut Transaction,
    request: DeletionRequest,
    account: Option<Principal>,
    by: CancelledBy,
    mail: MessageId,
    now: Timestamp,
) -> Result<DeletionRequest, OperationError> {
    let kept = account.map(|account| account.restore_from_deletion(now)).transpose()?;
    cancel_and_keep(tx, request, kept, by, mail, now)
}

/// The same for an account whose state after the cancellation is known.
///
/// # Errors
/// As [`cancel`].
pub fn cancel_and_keep(
    tx: &mut Transaction,
    request: DeletionRequest,
    kept: Option<Principal>,
    by: CancelledBy,
    mail: MessageId,
    now: Timestamp,
) -> Result<DeletionRequest, OperationError> {
    let (read, kept) = (request.version, kept.map(|kept| kept.with_hold_of(Some(&request))));
    let cancelled = request.cancel(by, now)?;
    tx.save_deletion(&cancelled, read, now)?;
    if let Some(kept) = kept {
        tx.save_principal(&kept)?;
        let about = Some(About::Deletion(cancelled.id));
        let user = kept.user_id;
        tx.send(
            mail,
            Message::Mail { id: mail, user, template: Template::DeletionCancelled, about },
            now,
        )?;
    }
    Ok(cancelled)
}
