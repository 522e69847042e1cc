//! Deletions after a restore: what happened to them since the backup is repeated in the restored
//! tables. The application of the operation is that of the restored tables.

use provost_domain::{
    ApiError, DeletionId, Timestamp, User,
    audit::Resource,
    deletion::{DeletionRequest, DeletionState},
    user::PendingDeletion,
};
use provost_store::{Conflict, Transaction, exports};

use crate::{Change, Op, OperationError};

/// Closes a restored account for its second erasure; `found` is its request in the restored tables.
/// The receipt does not override a legal hold in the backup: erased data is lost, but a hold is
/// easily released.
///
/// # Errors
/// `INVALID_ACTION` when the account cannot be closed.
pub async fn repeat_erasure(
    op: &Op<'_>,
    request: DeletionRequest,
    found: Option<&DeletionRequest>,
    account: User,
) -> Result<Change<DeletionRequest>, OperationError> {
    let (store, id, user) = (op.app.store(), request.id, account.user_id);
    let waiting = store.pending_deletion(&account).await?;
    let account = account.with_hold_of(waiting.as_ref().filter(|waiting| waiting.is_open()));
    let read = found.map(|found| found.version);
    let again = request.replayed(user, account.hold.as_ref(), read, op.now);
    let mut tx = op.transaction();
    tx.replay_deletion(&again, read, op.now)?;
    tx.save_user(&closed(account, id, again.due_at, op.now)?)?;
    // No worker continues an export from that time; its job is removed with the account.
    tx.remove_item(Conflict::ExportUnlock, &store.names().accounts, &exports::lock_key(user))?;
    note_replay(op, &mut tx, id)?;
    Ok(Change::new(tx, again))
}

/// Keeps only an ended request with its receipt, since the account is not in the backup. Returns no
/// change for a request without a receipt.
///
/// # Errors
/// The store failed.
pub fn keep_receipt(
    op: &Op<'_>,
    request: &DeletionRequest,
    found: Option<&DeletionRequest>,
) -> Result<Option<Change<DeletionRequest>>, OperationError> {
    if request.state != DeletionState::Erased {
        return Ok(None);
    }
    let read = found.map(|found| found.version);
    let kept = DeletionRequest {
        version: request.version.max(read.unwrap_or_default()) + 1,
        ..request.clone()
    };
    let mut tx = op.transaction();
    tx.replay_deletion(&kept, read, op.now)?;
    Ok(Some(Change::new(tx, kept)))
}

/// Carries an open or cancelled request over to the restored tables, with its account. `live` is
/// the account before the restore, whose legal hold wins.
///
/// # Errors
/// `INVALID_ACTION` when the account cannot be closed or restored.
pub fn carry_over_deletion(
    op: &Op<'_>,
    request: &DeletionRequest,
    found: Option<&DeletionRequest>,
    account: User,
    live: Option<User>,
) -> Result<Change<DeletionRequest>, OperationError> {
    let mut account = account.with_hold_of(found.filter(|found| found.is_open()));
    if let Some(live) = live {
        account = User { hold: live.hold.or(account.hold), ..account };
    }
    let account = account.with_hold_of(Some(request));
    let read = found.map(|found| found.version);
    let kept = DeletionRequest {
        version: request.version.max(read.unwrap_or_default() + 1),
        ..request.clone()
    };
    let account = match &account.deletion {
        _ if kept.is_open() => closed(account, kept.id, kept.due_at, op.now)?,
        Some(pending) if pending.id == kept.id => account.restore_from_deletion(op.now)?,
        _ => account.changed(op.now),
    };
    let mut tx = op.transaction();
    tx.replay_deletion(&kept, read, op.now)?;
    tx.save_user(&account)?;
    note_replay(op, &mut tx, kept.id)?;
    Ok(Change::new(tx, kept))
}

/// The account with only this pending request.
fn closed(
    mut account: User,
    id: DeletionId,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<User, ApiError> {
    match &mut account.deletion {
        Some(pending) => {
            (pending.id, pending.due_at) = (id, due_at);
            Ok(account.changed(now))
        }
        None => {
            let pending = PendingDeletion { id, due_at, before: account.status, executing: false };
            account.delete(pending, None, now)
        }
    }
}

fn note_replay(op: &Op<'_>, tx: &mut Transaction, id: DeletionId) -> Result<(), OperationError> {
    let resource = Resource::Other { kind: "deletion", id: id.to_string() };
    Ok(tx.audit(op.entry("deletion.replayed", resource))?)
}
