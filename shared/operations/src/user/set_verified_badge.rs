use provost_domain::{
    User,
    audit::{Resource, note_change},
};

use crate::{Change, Op, OperationError};

/// Gives a user the verified badge, or removes it. Returns no change if it is as wanted.
///
/// # Errors
/// The write cannot be built.
pub fn set_verified_badge(
    op: &Op<'_>,
    before: &User,
    verified: bool,
) -> Result<Option<Change<User>>, OperationError> {
    if before.is_verified == verified {
        return Ok(None);
    }
    let after = User { is_verified: verified, ..before.clone() }.changed(op.now);
    let action = if verified { "user.verified" } else { "user.unverified" };
    let mut entry = op.entry(action, Resource::User(before.subject()));
    note_change(&mut entry.changes, "isVerified", &before.is_verified, &after.is_verified);
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after)))
}
