use provost_domain::{User, deletion::DeletionRequest, message::Message};

use super::resource;
use crate::{Change, Op, OperationError};

/// Makes a deletion due now. The erasure begins at once.
///
/// # Errors
/// `LEGAL_HOLD` while the account is held, `INVALID_ACTION` when the request has ended or is being
/// carried out.
pub fn expedite_deletion(
    op: &Op<'_>,
    request: DeletionRequest,
    account: Option<&User>,
) -> Result<Change<DeletionRequest>, OperationError> {
    if let Some(account) = account {
        account.check_not_held()?;
    }
    let read = request.version;
    let expedited = request.expedite(op.now)?;

    let mut tx = op.transaction();
    tx.save_deletion(&expedited, read, op.now)?;
    if let Some(mut changed) = account.cloned() {
        if let Some(pending) = changed.deletion.as_mut() {
            pending.due_at = expedited.due_at;
        }
        tx.save_user(&changed.changed(op.now))?;
    }
    tx.audit(op.entry("deletion.expedited", resource(&expedited, account)))?;
    op.app.send(&mut tx, Message::Deletion { request: expedited.id })?;
    Ok(Change::new(tx, expedited))
}
