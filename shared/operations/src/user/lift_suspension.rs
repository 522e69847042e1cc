use provost_domain::{
    MessageId, Principal,
    audit::{Resource, note_change},
    mail::Template,
    message::Message,
};

use crate::{Change, Op, OperationError};

/// How a suspension is lifted.
#[derive(Debug, Clone, Copy)]
pub struct Lift {
    /// Whether to notify the user by email.
    pub notify: bool,
}

/// Lifts a ban or suspension. The account has the status that it had before.
///
/// # Errors
/// `INVALID_ACTION` when the account is not suspended.
pub fn lift_suspension(
    op: &Op<'_>,
    before: &Principal,
    lift: Lift,
) -> Result<Change<Principal>, OperationError> {
    let after = before.clone().unsuspend(op.now)?;

    let mut entry = op.entry("user.unbanned", Resource::User(before.subject()));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    note_change(
        &mut entry.changes,
        "banReason",
        &before.suspension.as_ref().map(|suspension| &suspension.reason),
        &None,
    );
    let mut tx = op.app.transaction();
    tx.save_principal(&after)?;
    tx.audit(entry)?;
    if lift.notify {
        let (id, template) = (op.app.id(MessageId::new), Template::AccountRestored);
        op.app.send(&mut tx, Message::Mail { id, user: after.user_id, template, about: None })?;
    }
    Ok(Change { tx, after })
}
