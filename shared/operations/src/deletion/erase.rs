//! The worker's decisions about a deletion: the point of no return, what stops it there, and the end
//! of the erasure.

use provost_domain::{
    User, UserId,
    audit::Resource,
    deletion::{DeletionRequest, Hold},
    mail::Template,
    message::{About, Message},
    user::PendingDeletion,
};

use crate::{Change, Op, OperationError};

/// Whether an erasure can begin.
#[derive(Debug)]
pub enum Erasure {
    /// This run may carry it out once the change is written.
    Begins(Box<Change<DeletionRequest>>),
    /// Not now, and why.
    Closed(&'static str),
}

/// Claims a deletion request for a run. With `account`, the run passes the point of no return:
/// nothing can be added to the account any more, the deletion cannot be cancelled, and no export of
/// the user may be running. Without it, the run takes over from one that no longer reports.
///
/// # Errors
/// The store failed.
pub fn begin_erasure(
    op: &Op<'_>,
    request: DeletionRequest,
    account: Option<User>,
) -> Result<Erasure, OperationError> {
    let (id, read) = (request.id, request.version);
    let Ok(taken) = request.execute(op.now) else {
        return Ok(Erasure::Closed("it is held or has ended"));
    };
    let mut tx = op.transaction();
    tx.save_deletion(&taken, read, op.now)?;
    if let Some(mut account) = account {
        match account.deletion.take() {
            Some(pending) if pending.id == id => {
                account.deletion = Some(PendingDeletion { executing: true, ..pending })
            }
            _ => return Ok(Erasure::Closed("the account does not wait for this request")),
        }
        let user = account.user_id;
        // Only if the account has not changed since it was read: a hold placed in between wins.
        tx.save_user(&account.changed(op.now))?;
        tx.check_no_export(user)?;
    }
    Ok(Erasure::Begins(Box::new(Change::new(tx, taken))))
}

/// Puts a request on hold whose account is on hold: an older version, which stored holds on
/// requests only, created or changed it.
///
/// # Errors
/// `INVALID_ACTION` unless the request is scheduled or blocked.
pub fn hold_back_deletion(
    op: &Op<'_>,
    request: DeletionRequest,
    hold: Hold,
) -> Result<Change<DeletionRequest>, OperationError> {
    let read = request.version;
    save(op, request.hold(hold)?, read)
}

/// Blocks a due request, or renews the reason of a blocked one, which is checked again later.
/// `notified` is the user to notify by email: one who can remove the obstacle.
///
/// # Errors
/// The store failed.
pub fn block_deletion(
    op: &Op<'_>,
    request: DeletionRequest,
    why: String,
    notified: Option<UserId>,
) -> Result<Change<DeletionRequest>, OperationError> {
    let (read, about) = (request.version, About::Deletion(request.id));
    let mut change = save(op, request.block(why), read)?;
    if let Some(user) = notified {
        op.mail(&mut change.tx, user, Template::DeletionRequested, Some(about))?;
    }
    Ok(change)
}

/// Releases a blocked request whose obstacle is gone.
///
/// # Errors
/// `INVALID_ACTION` when it is not blocked.
pub fn unblock_deletion(
    op: &Op<'_>,
    request: DeletionRequest,
) -> Result<Change<DeletionRequest>, OperationError> {
    let read = request.version;
    save(op, request.unblock()?, read)
}

/// Completes an erasure with its signed receipt. There is exactly one receipt, and the request no
/// longer identifies the user.
///
/// # Errors
/// The store failed.
pub fn complete_erasure(
    op: &Op<'_>,
    request: DeletionRequest,
    receipt: String,
) -> Result<Change<DeletionRequest>, OperationError> {
    let entry = op
        .entry("user.erased", Resource::Other { kind: "user", id: request.pseudonym.to_string() });
    let read = request.version;
    let mut change = save(op, request.erased(receipt, op.now), read)?;
    change.tx.audit(entry)?;
    Ok(change)
}

fn save(
    op: &Op<'_>,
    request: DeletionRequest,
    read: u64,
) -> Result<Change<DeletionRequest>, OperationError> {
    let mut tx = op.transaction();
    tx.save_deletion(&request, read, op.now)?;
    Ok(Change::new(tx, request))
}

/// Sends a due or silent request to the worker. No other sender finds it due before its run could
/// be silent.
///
/// # Errors
/// The store failed.
pub fn send_due_deletion(
    op: &Op<'_>,
    request: DeletionRequest,
) -> Result<Change<DeletionRequest>, OperationError> {
    let mut tx = op.transaction();
    tx.claim_due_deletion(&request, op.now)?;
    op.app.send(&mut tx, Message::Deletion { request: request.id })?;
    Ok(Change::new(tx, request))
}
