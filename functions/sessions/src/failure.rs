//! Failed sign-ins: what is recorded and which error is returned.

use provost_domain::{
    ApiError, Code, Email, SessionId, User,
    device::Device,
    lockout::FAILED_SIGN_INS,
    session::{SignIn, SignInStatus},
};
use provost_http::{HandlerError, LimitKey, PublicGrant, RequestContext};
use provost_operations::session::{record_locked_sign_in, record_unknown_sign_in};
use provost_store::credentials::Credential;

/// Reason for a failed sign-in.
pub enum Failure {
    /// The account is locked after too many wrong passwords; the password was not checked.
    Locked(ApiError),
    /// The password is wrong.
    WrongPassword,
    /// A second factor is enabled, and no code was given.
    NoCode,
    /// The code of the second factor is wrong.
    WrongCode,
    /// The code is correct, but was used before.
    UsedCode,
    /// Password and second factor are correct, but staff require a new password.
    MustReset,
    /// The password is correct, but the account cannot be used.
    Unusable(ApiError),
}

impl Failure {
    /// The reason in the login history.
    fn reason(&self) -> &'static str {
        match self {
            Self::Locked(_) => "locked",
            Self::WrongPassword => "wrong_password",
            Self::NoCode => "second_factor_required",
            Self::WrongCode => "wrong_code",
            Self::UsedCode => "used_code",
            Self::MustReset => "password_reset_required",
            Self::Unusable(refused) => match refused.code {
                Code::AccountSuspended => "suspended",
                Code::DeletionPending => "deletion_pending",
                _ => "inactive",
            },
        }
    }

    fn refused(self) -> ApiError {
        match self {
            Self::Locked(refused) | Self::Unusable(refused) => refused,
            Self::WrongPassword => wrong(),
            Self::MustReset => ApiError::new(
                Code::AccountInactive,
                "Support requires you to set a new password. Use the link in the email, or request a new link.",
            )
            .with("passwordResetRequired", true),
            Self::NoCode => ApiError::new(
                Code::SecondFactorRequired,
                "Your account has a second factor. Send its code as `code`, with the same email address and password.",
            ),
            Self::WrongCode => {
                ApiError::new(Code::SecondFactorRequired, "This code is wrong. Send the current code of your second factor.")
            }
            Self::UsedCode => {
                ApiError::new(Code::SecondFactorRequired, "This code was already used. Wait for the next code and send that.")
            }
        }
    }
}

fn wrong() -> ApiError {
    ApiError::new(
        Code::Unauthenticated,
        "The email address or the password is wrong. Try again, or reset your password.",
    )
}

/// The attempt as a login history entry, before its result is known.
pub fn attempt(ctx: &RequestContext<PublicGrant>) -> SignIn {
    let agent = ctx.user_agent();
    SignIn {
        id: ctx.app.id(SessionId::new),
        created_at: ctx.now(),
        status: SignInStatus::Failed,
        reason: None,
        ip: ctx.ip(),
        country: ctx.country(),
        device: Device::from_user_agent(&agent),
        user_agent: agent,
        auth_method: "password".to_owned(),
        mfa: false,
        impersonated_by: None,
    }
}

/// Records a failed sign-in, counts it if it was a guess, and returns the error.
pub async fn of(
    ctx: &RequestContext<PublicGrant>,
    user: &User,
    attempt: SignIn,
    failure: Failure,
) -> HandlerError {
    match remember(ctx, user, attempt, &failure).await {
        Ok(()) => failure.refused().into(),
        Err(problem) => problem,
    }
}

async fn remember(
    ctx: &RequestContext<PublicGrant>,
    record: &User,
    attempt: SignIn,
    failure: &Failure,
) -> Result<(), HandlerError> {
    let guess = matches!(failure, Failure::WrongPassword | Failure::WrongCode);
    let (user, now) = (record.user_id, ctx.now());
    let failed = SignIn { reason: Some(failure.reason().to_owned()), ..attempt };
    if matches!(failure, Failure::Locked(_)) {
        // No attempt was counted, so the account does not change.
        record_locked_sign_in(&ctx.op(None), user, &failed)?.commit().await?;
    } else {
        let outcome =
            |owner: User| if guess { owner.fail_sign_in(now) } else { owner.withdraw_try() };
        ctx.end_try(record.clone(), outcome, |tx| tx.add_sign_in(user, &failed)).await?;
    }
    if guess || matches!(failure, Failure::Locked(_)) {
        ctx.count_once(FAILED_SIGN_INS, LimitKey::Address).await?;
    }
    Ok(())
}

/// Does the same for an email address without an account.
pub async fn of_unknown_login(
    ctx: &RequestContext<PublicGrant>,
    email: &Email,
    password: &str,
) -> HandlerError {
    match remember_stranger(ctx, email, password).await {
        Ok(refused) => refused.into(),
        Err(problem) => problem,
    }
}

async fn remember_stranger(
    ctx: &RequestContext<PublicGrant>,
    email: &Email,
    password: &str,
) -> Result<ApiError, HandlerError> {
    let now = ctx.now();
    let read = ctx.app.store().unknown_login(email, now).await?;
    let (read, next, refused) = match ctx.count_unknown_login_try(email, read).await {
        Err(HandlerError::Api(locked)) => (read, read, locked),
        counted => {
            let counted = counted?;
            ctx.is_password(password, None).await;
            (counted, counted.one_more(now), wrong())
        }
    };
    record_unknown_sign_in(&ctx.op(None), email, read, next)?.commit().await?;
    ctx.count_once(FAILED_SIGN_INS, LimitKey::Address).await?;
    Ok(refused)
}

/// Checks a password for an account that is being erased. Nothing is written to the account, so
/// attempts are counted as for an unknown address. Only the correct password reveals the state of
/// the account. `cancels` is whether the sign-in asks to cancel the deletion.
pub async fn of_erased(
    ctx: &RequestContext<PublicGrant>,
    owner: &User,
    credential: Option<&Credential>,
    password: &str,
    cancels: bool,
) -> HandlerError {
    match look_at_erased(ctx, owner, credential, password, cancels).await {
        Ok(refused) => refused.into(),
        Err(problem) => problem,
    }
}

async fn look_at_erased(
    ctx: &RequestContext<PublicGrant>,
    owner: &User,
    credential: Option<&Credential>,
    password: &str,
    cancels: bool,
) -> Result<ApiError, HandlerError> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let counted = ctx
        .count_unknown_login_try(&owner.email, store.unknown_login(&owner.email, now).await?)
        .await?;
    let right =
        ctx.is_password(password, credential.map(|known| known.password_hash.as_str())).await;
    let next = if right { counted.withdrawn() } else { counted.one_more(now) };
    store.count_unknown_login_try(&owner.email, counted, next, now).await?;
    if !right {
        ctx.count_once(FAILED_SIGN_INS, LimitKey::Address).await?;
        return Ok(wrong());
    }
    let cancelled = if cancels { owner.clone().restore_from_deletion(now).err() } else { None };
    Ok(cancelled
        .or_else(|| {
            owner.check_usable(now).err().map(|refused| owner.explain_deletion(None, refused))
        })
        .unwrap_or_else(wrong))
}
