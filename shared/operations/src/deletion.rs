//! Operations on the deletion of an account.

mod cancel;
mod erase;
mod expedite;
mod hold;
mod purge;
mod replay;
mod request;

pub use cancel::{cancel, cancel_and_keep, cancel_at_sign_in, cancel_deletion, keep_account};
pub use erase::{
    Erasure, begin_erasure, block_deletion, complete_erasure, hold_back_deletion,
    send_due_deletion, unblock_deletion,
};
pub use expedite::expedite_deletion;
pub use hold::{
    HeldAccount, PlaceHold, lift_hold, lift_hold_of_deletion, place_hold, place_hold_on_deletion,
};
pub use purge::purge_account;
pub use replay::{carry_over_deletion, keep_receipt, repeat_erasure};
pub use request::{RequestedDeletion, Requester, request_deletion};

use provost_domain::{User, audit::Resource, deletion::DeletionRequest};
use provost_store::Transaction;

use crate::{Op, OperationError, user::require_remaining_root};

/// A deletion request as the audit log names it; `account` is none after the erasure.
fn resource(request: &DeletionRequest, account: Option<&User>) -> Resource {
    let (kind, id) = ("deletion", request.id.to_string());
    match account {
        Some(account) => Resource::Owned { kind, id, owner: account.subject() },
        None => Resource::Other { kind, id },
    }
}

/// A transaction that closes an account for a new deletion request, with the audit entry. `actor` is
/// the root administrator who may count as the remaining one.
async fn close_account(
    op: &Op<'_>,
    before: &User,
    closed: &User,
    request: &DeletionRequest,
    actor: Option<&User>,
) -> Result<Transaction, OperationError> {
    let mut tx = op.transaction();
    require_remaining_root(&mut tx, before, closed, actor).await?;
    tx.save_user(closed)?;
    tx.create_deletion(request, op.now)?;
    tx.audit(op.entry("deletion.requested", resource(request, Some(before))))?;
    Ok(tx)
}
