use provost_domain::{
    Pseudonym, Status, SuspensionId, Timestamp, User,
    audit::{Resource, note_change},
    mail::Template,
    user::{Suspension, SuspensionKind},
};

use crate::user::require_remaining_root;
use crate::{Change, Op, OperationError};

/// What a ban or suspension says.
#[derive(Debug, Clone)]
pub struct Ban {
    /// Whether it is a ban or a suspension.
    pub kind: SuspensionKind,
    /// Pseudonym of the staff member who decided it.
    pub by: Pseudonym,
    /// Reason, which the user is shown.
    pub reason: String,
    /// Time at which it ends; none if it has no end.
    pub expires_at: Option<Timestamp>,
    /// Whether to notify the user by email.
    pub notify: bool,
}

/// Bans or suspends a user. All sessions and API keys are revoked.
///
/// # Errors
/// `INVALID_ACTION` when the user is suspended or scheduled for deletion, `LAST_SUPERADMIN`.
pub async fn ban(op: &Op<'_>, before: &User, ban: Ban) -> Result<Change<User>, OperationError> {
    let kind = if ban.expires_at.is_some() { "temporary" } else { "permanent" };
    let suspension = Suspension {
        id: Some(op.app.id(SuspensionId::new)),
        kind: ban.kind,
        reason: ban.reason,
        by: ban.by,
        at: op.now,
        expires_at: ban.expires_at,
        before: Status::Active,
    };
    let after = before.clone().suspend(suspension, op.now)?;

    let action = if ban.kind == SuspensionKind::Ban { "user.banned" } else { "user.suspended" };
    let mut entry = op.entry(action, Resource::User(before.subject()));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    note_change(&mut entry.changes, "banType", &None, &Some(kind));
    note_change(&mut entry.changes, "banExpiresAt", &None, &ban.expires_at);
    let mut tx = op.transaction();
    require_remaining_root(&mut tx, before, &after, op.account).await?;
    tx.save_user(&after)?;
    tx.plan_end_of_suspension(&after)?;
    tx.audit(entry)?;
    if ban.notify {
        op.mail(&mut tx, after.user_id, Template::AccountSuspended, None)?;
    }
    Ok(Change::new(tx, after))
}
