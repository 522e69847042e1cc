//! Changing your own password while signed in. The current password is the proof.

use provost_auth::Caller;
use provost_domain::{ApiError, SessionId, lockout::PASSWORD_CHANGES};
use provost_http::{
    HandlerResult, LimitKey, RequestContext, access::AccessGrant, present_password,
};
use provost_operations::{
    credential,
    user::{AccountUpdate, NewPassword},
};

/// Checks that the caller may change the password: the account's own user, signed in with a
/// session. Staff cannot set another user's password, and an API key cannot set one.
///
/// # Errors
/// `VALIDATION_FAILED` on `password` for another user's password, or together with a new address;
/// `INVALID_ACTION` for an API key.
fn allow(caller: &Caller, update: &AccountUpdate) -> Result<SessionId, ApiError> {
    if caller.user.user_id != update.before.user.user_id {
        let instead = "You cannot set another user's password. Use POST /api/admin/users/{id}/reset-password to email them a link.";
        return Err(ApiError::field("password", "not_allowed", instead));
    }
    if update.changes_email() {
        let alone = "The password and the email address cannot change together. Change the password in a separate request.";
        return Err(ApiError::field("password", "not_together", alone));
    }
    caller.session().ok_or_else(|| {
        ApiError::invalid_action(
            "An API key cannot change the password. Sign in first.",
            &["sign-in"],
        )
    })
}

/// Checks the current password as the proof for a new one.
///
/// Checks that do not need the current password come first. The request is counted before the
/// current password is checked.
///
/// # Errors
/// As [`allow`] and [`present_password::check`]; `VALIDATION_FAILED` on `password` when it is
/// unchanged or against the policy; `RATE_LIMITED` after five requests in an hour.
pub async fn prove<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    update: &AccountUpdate,
    new: String,
    present: Option<&str>,
) -> HandlerResult<NewPassword> {
    let session = allow(caller, update)?;
    let owner = &update.before.user;
    present_password::required(present)?;
    credential::password_policy(&ctx.app).await?.check(&new, &owner.email)?;
    ctx.count_once(PASSWORD_CHANGES, LimitKey::Account(owner.user_id)).await?;
    let (counted, proved) =
        present_password::check(ctx, owner.clone(), present, Some(&new)).await?;
    Ok(NewPassword { counted, proved, session, password: new })
}
