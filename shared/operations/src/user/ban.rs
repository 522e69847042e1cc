use provost_domain::{
    MessageId, Principal, Pseudonym, Status, Timestamp,
    audit::{Resource, note_change},
    mail::Template,
    message::Message,
    principal::{Suspension, SuspensionKind},
};

use super::require_remaining_root;
use crate::{Change, Op, OperationError};

/// What a ban says.
#[derive(Debug, Clone)]
pub struct Ban {
    /// Pseudonym of the staff member who bans.
    pub by: Pseudonym,
    /// Reason for the ban, which the user is shown.
    pub reason: String,
    /// Time at which the ban ends; none for a permanent ban.
    pub expires_at: Option<Timestamp>,
    /// Whether to notify the user by email.
    pub notify: bool,
}

/// Bans a user. All sessions and API keys are revoked.
///
/// # Errors
/// `INVALID_ACTION` when the user is suspended or scheduled for deletion, `LAST_SUPERADMIN`.
pub async fn ban(
    op: &Op<'_>,
    before: &Principal,
    ban: Ban,
) -> Result<Change<Principal>, OperationError> {
    let kind = if ban.expires_at.is_some() { "temporary" } else { "permanent" };
    let suspension = Suspension {
        kind: SuspensionKind::Ban,
        reason: ban.reason,
        by: ban.by,
        at: op.now,
        expires_at: ban.expires_at,
        before: Status::Active,
    };
    let after = before.clone().suspend(suspension, op.now)?;

    let mut entry = op.entry("user.banned", Resource::User(before.subject()));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    note_change(&mut entry.changes, "banType", &None, &Some(kind));
    note_change(&mut entry.changes, "banExpiresAt", &None, &ban.expires_at);
    let mut tx = op.app.transaction();
    require_remaining_root(&mut tx, before, &after, op.account).await?;
    tx.save_principal(&after)?;
    tx.plan_end_of_suspension(&after)?;
    tx.audit(entry)?;
    if ban.notify {
        let (id, template) = (op.app.id(MessageId::new), Template::AccountSuspended);
        op.app.send(&mut tx, Message::Mail { id, user: after.user_id, template, about: None })?;
    }
    Ok(Change { tx, after })
}
