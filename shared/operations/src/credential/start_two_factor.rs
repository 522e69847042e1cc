use provost_auth::{one_time_code::base32, secret};
use provost_domain::{User, audit::Resource, second_factor::SecondFactor};
use provost_store::{StoreError, second_factors::seal_secret};

use crate::{Change, Op, OperationError};

/// A second factor that waits for confirmation.
#[derive(Debug)]
pub struct StartedFactor {
    /// The account.
    pub owner: User,
    /// Secret in base 32, which is stored encrypted and not shown again.
    pub secret: String,
}

/// Sets up a second factor; it has no effect until it is confirmed. `owner` is the account after the
/// attempt at its password was counted.
///
/// # Errors
/// `INVALID_ACTION` when a second factor is enabled.
pub async fn start_two_factor(
    op: &Op<'_>,
    owner: User,
) -> Result<Change<StartedFactor>, OperationError> {
    owner.check_two_factor_off()?;
    let owner = owner.withdraw_try();
    let begun = op.app.store().second_factor(owner.user_id).await?;
    let secret: [u8; 20] = secret::bytes()?;
    let sealed = seal_secret(&owner.subject_key, owner.pseudonym, &secret)
        .ok_or_else(|| StoreError::unreadable("a second factor", "the secret cannot be sealed"))?;
    let factor = SecondFactor::start(sealed, begun.map_or(0, |begun| begun.version), op.now);

    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.save_second_factor(owner.user_id, &factor)?;
    tx.audit(op.entry("two_factor.started", Resource::User(owner.subject())))?;
    Ok(Change::new(tx, StartedFactor { owner, secret: base32(&secret) }))
}
