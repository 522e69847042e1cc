use provost_auth::refresh::{RefreshToken, TokenStatus, ended};
use provost_domain::{Status, User, session::SESSION_IDLE};

use super::{apply_second_factor_rule, end_session};
use crate::{Change, Op, OperationError};

/// What a refresh token changes.
#[derive(Debug)]
pub enum RefreshOutcome {
    /// The session continues with a new token.
    Renewed(Box<Change<Refreshed>>),
    /// The token was used twice: the session ends, and the request is refused with `SESSION_ENDED`.
    /// Either the user or a thief used it, and they cannot be told apart.
    Reused(Change<()>),
}

/// A refreshed session.
#[derive(Debug)]
pub struct Refreshed {
    /// The account after the change.
    pub account: User,
    /// The next refresh token.
    pub token: RefreshToken,
}

/// Exchanges a refresh token for the next one of its session. `owner` is the user in the token.
///
/// # Errors
/// `SESSION_ENDED`, `ACCOUNT_SUSPENDED`, `ACCOUNT_INACTIVE` or `DELETION_PENDING`.
pub async fn refresh(
    op: &Op<'_>,
    owner: User,
    token: &RefreshToken,
) -> Result<RefreshOutcome, OperationError> {
    match token.check(owner.sessions.get(&token.session), op.now) {
        TokenStatus::Current => {}
        TokenStatus::Reused => {
            let reason = Some("a refresh token was used twice".to_owned());
            let op = Op { reason, ..op.by_owner(&owner) };
            return Ok(RefreshOutcome::Reused(end_session(&op, &owner, token.session)?));
        }
        TokenStatus::Foreign | TokenStatus::Ended => return Err(ended().into()),
    }
    let mut account = owner;
    let live = account.sessions.get_mut(&token.session).ok_or_else(ended)?;
    let pending_deletion = live.pending_deletion;
    let next = token.next()?;
    live.refresh = next.digest();
    live.last_active_at = op.now;
    live.expires_at = op.now.plus(SESSION_IDLE);
    if !(pending_deletion && account.status == Status::Deleted) {
        account.check_usable(op.now)?;
    }
    let account = apply_second_factor_rule(op.app, account).await?;
    let mut tx = op.transaction();
    tx.save_user(&account)?;
    Ok(RefreshOutcome::Renewed(Box::new(Change::new(tx, Refreshed { account, token: next }))))
}
