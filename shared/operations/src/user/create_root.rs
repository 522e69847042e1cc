use provost_domain::{BuiltInRole, Status, User, audit::Resource};
use provost_store::credentials::Credential;

use crate::{Change, Op, OperationError};

/// Creates the first root administrator of a platform, with a confirmed email address. The conflict
/// `Email` means that another user has the address.
///
/// # Errors
/// The store failed.
pub fn create_root(
    op: &Op<'_>,
    account: User,
    password_hash: String,
) -> Result<Change<User>, OperationError> {
    let root = User {
        role: BuiltInRole::RootAdmin,
        email_verified: true,
        status: Status::Active,
        ..account
    };
    let credential = Credential { password_hash, set_at: op.now, resets: 0, must_reset: false };
    let mut tx = op.transaction();
    tx.create_user(&root)?;
    tx.save_credential(root.user_id, &credential)?;
    tx.audit(op.entry("user.created", Resource::User(root.subject())))?;
    Ok(Change::new(tx, root))
}
