use provost_domain::{
    Status, User,
    audit::{Resource, note_change},
    mail::Template,
};

use crate::{Change, Op, OperationError};

/// How a suspension is lifted.
#[derive(Debug, Clone, Copy)]
pub struct Lift {
    /// Whether to notify the user by email.
    pub notify: bool,
    /// Status of the account afterwards; none for the one that it had before the suspension.
    pub to: Option<Status>,
}

/// Lifts a ban or suspension. The account has the status that it had before, or the given one.
///
/// # Errors
/// `INVALID_ACTION` when the account is not suspended.
pub fn lift_suspension(
    op: &Op<'_>,
    before: &User,
    lift: Lift,
) -> Result<Change<User>, OperationError> {
    let after = before.clone().unsuspend(lift.to, op.now)?;

    let mut entry = op.entry("user.unbanned", Resource::User(before.subject()));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    note_change(
        &mut entry.changes,
        "banReason",
        &before.suspension.as_ref().map(|suspension| &suspension.reason),
        &None,
    );
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.audit(entry)?;
    if lift.notify {
        op.mail(&mut tx, after.user_id, Template::AccountRestored, None)?;
    }
    Ok(Change::new(tx, after))
}
