use provost_domain::{
    MessageId, Timestamp, User,
    audit::{Actor, Resource},
    deletion::{CancelledBy, DeletionRequest},
    mail::Template,
    message::{About, Message},
};
use provost_store::Transaction;

use super::resource;
use crate::{Change, Op, OperationError};

/// Cancels a deletion. The account is restored, still under its legal hold, nobody is signed in, and
/// the user is notified by email.
///
/// # Errors
/// `INVALID_ACTION` when the request has ended or is being carried out, `OUTRANKED` when only a root
/// administrator may cancel it.
pub fn cancel_deletion(
    op: &Op<'_>,
    request: DeletionRequest,
    account: Option<User>,
    by: CancelledBy,
) -> Result<Change<DeletionRequest>, OperationError> {
    let entry = op.entry("deletion.cancelled", resource(&request, account.as_ref()));
    let mut tx = op.transaction();
    let cancelled = cancel(&mut tx, request, account, by, op.app.id(MessageId::new), op.now)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, cancelled))
}

/// Cancels the deletion of an account as part of a sign-in. Returns the account after it; the
/// sign-in saves it.
///
/// # Errors
/// `INVALID_ACTION` when the deletion is being carried out or the request has ended.
pub fn cancel_at_sign_in(
    op: &Op<'_>,
    tx: &mut Transaction,
    account: User,
    request: Option<DeletionRequest>,
) -> Result<User, OperationError> {
    let (subject, mail) = (account.subject(), op.app.id(MessageId::new));
    let pending = account.deletion.as_ref().map(|deletion| deletion.id);
    let kept = account.restore_from_deletion(op.now)?.with_hold_of(request.as_ref());
    let Some(id) = pending else { return Ok(kept) };
    if let Some(request) = request {
        cancel(tx, request, None, CancelledBy::Owner, mail, op.now)?;
    }
    op.app.send(
        tx,
        Message::Mail {
            id: mail,
            user: kept.user_id,
            template: Template::DeletionCancelled,
            about: Some(About::Deletion(id)),
        },
    )?;
    let mut entry = op.entry(
        "deletion.cancelled",
        Resource::Owned { kind: "deletion", id: id.to_string(), owner: subject.clone() },
    );
    // The request has no session yet, and has proved to be the user's.
    entry.actor = Actor::User(subject);
    tx.audit(entry)?;
    Ok(kept)
}

/// Saves the cancellation of [`cancel_at_sign_in`] for an account that cannot sign in, such as a
/// banned one.
///
/// # Errors
/// The store failed.
pub fn keep_account(mut tx: Transaction, kept: User) -> Result<Change<User>, OperationError> {
    tx.save_user(&kept)?;
    let after = User { revision: kept.revision + 1, ..kept };
    Ok(Change::new(tx, after))
}

/// Cancels a deletion in a transaction: the account is as it was, still under its legal hold, nobody
/// is signed in, and the user is notified by the email `mail`. The caller adds the audit entry.
///
/// # Errors
/// `INVALID_ACTION` when the request has ended or is being carried out, `OUTRANKED`.
pub fn cancel(
    tx: &mut Transaction,
    request: DeletionRequest,
    account: Option<User>,
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
    kept: Option<User>,
    by: CancelledBy,
    mail: MessageId,
    now: Timestamp,
) -> Result<DeletionRequest, OperationError> {
    let (read, kept) = (request.version, kept.map(|kept| kept.with_hold_of(Some(&request))));
    let cancelled = request.cancel(by, now)?;
    tx.save_deletion(&cancelled, read, now)?;
    if let Some(kept) = kept {
        tx.save_user(&kept)?;
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
