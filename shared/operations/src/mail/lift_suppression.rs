use provost_domain::{Email, User, audit::Resource};
use provost_store::{StoreError, organisation_invites::address_key};

use crate::{Change, Op};

/// Sends email again to an address that is suppressed after a bounce or a spam report. `owner` is the
/// account with this address. The conflict `AddressRecord` means that no email to it came back.
///
/// # Errors
/// The store failed.
pub fn lift_suppression(
    op: &Op<'_>,
    email: &Email,
    owner: Option<&User>,
) -> Result<Change<()>, StoreError> {
    // Without an account, the log names the address only by its digest.
    let resource = match owner {
        Some(owner) => Resource::User(owner.subject()),
        None => Resource::Other { kind: "address", id: address_key(email) },
    };
    let mut tx = op.transaction();
    tx.forget_address_record(email.as_str())?;
    tx.audit(op.entry("mail.suppression_lifted", resource))?;
    Ok(Change::new(tx, ()))
}
