//! The present password as proof: a session left open somewhere is not enough for what would give the account away. Wrong ones count as they do when signing in.

use provost_auth::password;
use provost_domain::{Principal, Refused, lockout::FAILED_SIGN_INS};
use provost_store::credentials::Credential;

use crate::{access::Granted, call::Call, problem::Answer};

/// Checks the password that the owner of an account gave as `currentPassword`, and answers with the credential that it is of.
///
/// # Errors
/// `VALIDATION_FAILED` on `currentPassword` when it is missing or wrong; `RATE_LIMITED` while the account or the address is locked for guessing.
pub async fn check<G: Granted>(call: &Call<G>, owner: &Principal, given: Option<&str>) -> Answer<Credential> {
    let Some(given) = given else {
        return Err(Refused::field("currentPassword", "required", "Give your present password as well.").into());
    };
    let (store, now) = (call.app.store(), call.now());
    store.blocked(FAILED_SIGN_INS, &call.ip(), now).await??;
    owner.failures.check(now)?;
    let known = store.credential(owner.user_id).await?;
    let proved = password::verify(given, known.as_ref().map(|known| known.password_hash.as_str()));
    if let Some(known) = known.filter(|_| proved) {
        return Ok(known);
    }
    let mut tx = call.app.transaction();
    tx.save_principal(&owner.clone().fail_sign_in(now))?;
    tx.commit().await?;
    store.attempt(FAILED_SIGN_INS, &call.ip(), now).await??;
    Err(Refused::field("currentPassword", "wrong", "This is not your present password.").into())
}
