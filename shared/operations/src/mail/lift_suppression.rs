use provost_domain::{Email, audit::Resource};
use provost_store::organisation_invites::address_key;

use crate::{Change, Op, OperationError};

/// Sends email again to an address that is suppressed after a bounce or a spam report. The conflict
/// `AddressRecord` means that no email to this address came back.
///
/// # Errors
/// The store failed.
pub async fn lift_suppression(op: &Op<'_>, email: &Email) -> Result<Change<()>, OperationError> {
    let store = op.app.store();
    let owner = match store.owner_of_email(email).await? {
        Some(user) => store.user(user).await?,
        None => None,
    };
    // Without an account, the log names the address only by its digest.
    let resource = match &owner {
        Some(owner) => Resource::User(owner.subject()),
        None => Resource::Other { kind: "address", id: address_key(email) },
    };
    let mut tx = op.transaction();
    tx.forget_address_record(email.as_str())?;
    tx.audit(op.entry("mail.suppression_lifted", resource))?;
    Ok(Change::new(tx, ()))
}
