use provost_auth::one_time_code::recovery_codes;
use provost_domain::{
    SessionId, User,
    audit::{Resource, note_change},
    mail::Template,
    notification::NotificationKind,
    second_factor::{SecondFactor, used_code},
};

use crate::{Change, Op, OperationError};

/// A confirmed second factor.
#[derive(Debug)]
pub struct ConfirmedFactor {
    /// The recovery codes, of which only digests are stored.
    pub recovery_codes: Vec<String>,
}

/// Enables a second factor after a code of this step confirmed it. `owner` is the account after the
/// attempt at the code was counted, `session` the session of the request.
///
/// # Errors
/// `VALIDATION_FAILED` on `code` for a code that was used.
pub fn confirm_two_factor(
    op: &Op<'_>,
    owner: User,
    session: SessionId,
    begun: SecondFactor,
    step: u64,
) -> Result<Change<ConfirmedFactor>, OperationError> {
    let mut factor = begun.use_step(step).ok_or_else(used_code)?;
    let (shown, kept) = recovery_codes()?;
    factor.confirmed_at = Some(op.now);
    factor.recovery = kept;

    let mut owner = owner;
    let mut entry = op.entry("two_factor.enabled", Resource::User(owner.subject()));
    note_change(&mut entry.changes, "twoFactorEnabled", &false, &true);
    owner.two_factor_enabled = true;
    if let Some(live) = owner.sessions.get_mut(&session) {
        live.mfa = true;
    }
    let owner = owner.withdraw_try().changed(op.now);
    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.save_second_factor(owner.user_id, &factor)?;
    op.notify(
        &mut tx,
        owner.user_id,
        NotificationKind::Security,
        "Two-factor authentication is on",
        "From now on, you need a code to sign in. If you did not turn it on, contact support right away.",
    )?;
    op.mail(&mut tx, owner.user_id, Template::TwoFactorEnabled, None)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, ConfirmedFactor { recovery_codes: shown }))
}
