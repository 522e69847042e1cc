//! The current password as proof: a session left open somewhere is not enough for what would give the account away. Wrong ones count as they do when signing in.

use provost_auth::password;
use provost_domain::{Principal, Refused, lockout::FAILED_SIGN_INS};
use provost_store::credentials::Credential;

use crate::{access::Granted, call::Call, counted::Who, problem::Answer};

/// Checks the password that the owner of an account gave as `currentPassword`. Answers the account as it is now that the try is counted, and the credential that the password is of.
/// `new` is the password to be set, which has to be another one.
///
/// # Errors
/// `VALIDATION_FAILED` on `currentPassword` when it is missing or wrong, on `password` when both are the same; `RATE_LIMITED` while the account or the address is locked for guessing.
pub async fn check<G: Granted>(
    call: &Call<G>,
    owner: Principal,
    given: Option<&str>,
    new: Option<&str>,
) -> Answer<(Principal, Credential)> {
    let given = required(given)?;
    let now = call.now();
    call.check_not_blocked(FAILED_SIGN_INS).await?;
    let owner = call.count_try(owner).await?;
    let known = call.app.store().credential(owner.user_id).await?;
    let right = call.is_password(given, known.as_ref().map(|known| known.password_hash.as_str())).await;
    // The same password twice proves nothing and changes nothing. It stays counted: of many guesses at once, no more are told apart than of wrong ones.
    let same = new.is_some_and(|new| password::is_same(new, given));
    match known.filter(|_| right) {
        Some(known) if !same => {
            call.try_is_right().await;
            Ok((owner, known))
        }
        Some(_) => {
            call.end_try(owner, |owner| owner.fail_sign_in(now), |_| Ok(())).await?;
            Err(Refused::field("password", "unchanged", "Choose another password than the current one.").into())
        }
        None => {
            call.end_try(owner, |owner| owner.fail_sign_in(now), |_| Ok(())).await?;
            call.count_once(FAILED_SIGN_INS, Who::Address).await?;
            Err(Refused::field("currentPassword", "wrong", "This is not your current password.").into())
        }
    }
}

/// The current password, which must be given.
///
/// # Errors
/// `VALIDATION_FAILED` on `currentPassword`.
pub fn required(given: Option<&str>) -> Result<&str, Refused> {
    given.ok_or_else(|| Refused::field("currentPassword", "required", "Give your current password as well."))
}
