//! The current password as proof, since an open session is not enough to change credentials. Wrong
//! passwords count as failed sign-ins.

use provost_auth::password;
use provost_domain::{ApiError, User, lockout::FAILED_SIGN_INS};
use provost_store::credentials::Credential;

use super::{RequestContext, limits::LimitKey};
use crate::{access::AccessGrant, problem::HandlerResult};

/// Checks the `currentPassword` of an account. Returns the account after the attempt was counted,
/// and the credential of the password. `new` is the password to be set, which must be different.
///
/// # Errors
/// `VALIDATION_FAILED` on `currentPassword` if it is missing or wrong, on `password` if both are
/// the same; `RATE_LIMITED` while the account or the address is locked.
pub async fn check<G: AccessGrant>(
    ctx: &RequestContext<G>,
    owner: User,
    given: Option<&str>,
    new: Option<&str>,
) -> HandlerResult<(User, Credential)> {
    let given = required(given)?;
    let now = ctx.now();
    ctx.check_not_blocked(FAILED_SIGN_INS).await?;
    let owner = ctx.count_try(owner).await?;
    let known = ctx.app.store().credential(owner.user_id).await?;
    let right =
        ctx.is_password(given, known.as_ref().map(|known| known.password_hash.as_str())).await;
    // The same password proves nothing and changes nothing. The attempt stays counted, so parallel
    // guesses reveal no more than wrong ones.
    let same = new.is_some_and(|new| password::is_same(new, given));
    match known.filter(|_| right) {
        Some(known) if !same => {
            ctx.try_is_right().await;
            Ok((owner, known))
        }
        Some(_) => {
            ctx.end_try(owner, |owner| owner.fail_sign_in(now), |_| Ok(())).await?;
            Err(ApiError::field(
                "password",
                "unchanged",
                "The new password is the same as the current one. Choose a different password.",
            )
            .into())
        }
        None => {
            ctx.end_try(owner, |owner| owner.fail_sign_in(now), |_| Ok(())).await?;
            ctx.count_once(FAILED_SIGN_INS, LimitKey::Address).await?;
            Err(ApiError::field(
                "currentPassword",
                "wrong",
                "The current password is wrong. Try again.",
            )
            .into())
        }
    }
}

/// The current password, which is required.
///
/// # Errors
/// `VALIDATION_FAILED` on `currentPassword`.
pub fn required(given: Option<&str>) -> Result<&str, ApiError> {
    given.ok_or_else(|| {
        ApiError::field(
            "currentPassword",
            "required",
            "Your current password is required. Give it in `currentPassword`.",
        )
    })
}
