use provost_auth::{
    one_time_code::{RECOVERY_LENGTH, plain, step},
    secret,
};
use provost_domain::{User, UserId, notification::NotificationKind, second_factor::SecondFactor};
use provost_store::{StoreError, Transaction, second_factors::open_secret};

use crate::{Op, OperationError};

/// Result of checking a code of a second factor.
#[derive(Debug)]
pub enum CodeCheck {
    /// The code is valid. Its use must be saved with the change that it allows.
    Accepted(UsedCode),
    /// The code is valid, but was used before. It does not count as a guess.
    Used,
    /// The code is wrong.
    Wrong,
}

/// A second factor with a used code.
#[derive(Debug)]
pub struct UsedCode {
    factor: SecondFactor,
    by_recovery: bool,
}

impl UsedCode {
    /// Saves the use of the code, so that it cannot be used again. The user is notified about a used
    /// recovery code, since it may not have been them.
    pub(crate) fn save(
        &self,
        op: &Op<'_>,
        tx: &mut Transaction,
        user: UserId,
    ) -> Result<(), StoreError> {
        tx.save_second_factor(user, &self.factor)?;
        if !self.by_recovery {
            return Ok(());
        }
        let left = self.factor.recovery.len();
        op.notify(
            tx,
            user,
            NotificationKind::Security,
            "A recovery code was used",
            &format!(
                "Someone signed in with one of your recovery codes. You have {left} left. If it was not you, change your password."
            ),
        )
    }
}

/// Checks a code against a user's second factor: a code of the authenticator, for the current,
/// previous or next step, or a recovery code.
///
/// # Errors
/// The store failed, or the stored secret cannot be used.
pub async fn check_code(
    op: &Op<'_>,
    owner: &User,
    code: &str,
) -> Result<CodeCheck, OperationError> {
    let factor = op.app.store().second_factor(owner.user_id).await?;
    let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(CodeCheck::Wrong);
    };
    let code = plain(code);
    if code.len() == RECOVERY_LENGTH {
        let digest = secret::digest_of(&code);
        let failed = if factor.was_used(&digest) { CodeCheck::Used } else { CodeCheck::Wrong };
        let used = factor.use_recovery(&digest);
        return Ok(used
            .map_or(failed, |factor| CodeCheck::Accepted(UsedCode { factor, by_recovery: true })));
    }
    let Some(step) = check_step(op, owner, &factor, &code)? else { return Ok(CodeCheck::Wrong) };
    let used = factor.use_step(step);
    Ok(used.map_or(CodeCheck::Used, |factor| {
        CodeCheck::Accepted(UsedCode { factor, by_recovery: false })
    }))
}

/// The step of an authenticator code; none if the code is wrong at this time.
///
/// # Errors
/// The stored secret cannot be used: its user cannot sign in meanwhile.
pub fn check_step(
    op: &Op<'_>,
    owner: &User,
    factor: &SecondFactor,
    code: &str,
) -> Result<Option<u64>, OperationError> {
    let secret = open_secret(&owner.subject_key, owner.pseudonym, &factor.sealed_secret)
        .ok_or_else(|| StoreError::unreadable("a second factor", "the secret cannot be opened"))?;
    Ok(step(secret, code, op.now)?)
}
