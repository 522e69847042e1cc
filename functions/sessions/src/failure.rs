//! Sign-ins that fail: what is remembered of each, and what is said.

use provost_domain::{
    Code, Email, Principal, Refused, SessionId,
    device::Device,
    lockout::FAILED_SIGN_INS,
    session::{SignIn, SignInStatus},
};
use provost_http::{Anyone, Call, Problem, Who};
use provost_store::credentials::Credential;

use crate::login::{Login, cancel_hint};

/// Why a sign-in failed.
pub enum Failure {
    /// Too many wrong passwords lately; the password was not looked at.
    Locked(Refused),
    /// The password is not the account's.
    WrongPassword,
    /// A second factor is on, and no code was given.
    NoCode,
    /// The code is not the second factor's.
    WrongCode,
    /// The code was right, and somebody used it before.
    UsedCode,
    /// Password and factor are right, but staff asked for a new password.
    MustReset,
    /// The password is right, but the account cannot be used.
    Unusable(Refused),
}

impl Failure {
    /// What the login history says.
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

    fn refused(self) -> Refused {
        match self {
            Self::Locked(refused) | Self::Unusable(refused) => refused,
            Self::WrongPassword => wrong(),
            Self::MustReset => Refused::new(
                Code::AccountInactive,
                "Support asked for a new password: use the link in the mail, or say that you forgot your password and get a fresh one.",
            )
            .with("passwordResetRequired", true),
            Self::NoCode => Refused::new(
                Code::SecondFactorRequired,
                "Send the code of your second factor as `code`, with the same address and password.",
            ),
            Self::WrongCode => {
                Refused::new(Code::SecondFactorRequired, "This code was not accepted; send the one that your second factor shows now.")
            }
            Self::UsedCode => Refused::new(
                Code::SecondFactorRequired,
                "This code was used before. Wait until your second factor shows another one, and send that.",
            ),
        }
    }
}

fn wrong() -> Refused {
    Refused::new(Code::Unauthenticated, "The e-mail address or the password is not right. Try again, or ask for a new password.")
}

/// This attempt as the history will have it, before it is known how it ends.
pub fn attempt(call: &Call<Anyone>) -> SignIn {
    let agent = call.user_agent();
    SignIn {
        id: call.app.id(SessionId::new),
        created_at: call.now(),
        status: SignInStatus::Failed,
        reason: None,
        ip: call.ip(),
        country: call.country(),
        device: Device::from_user_agent(&agent),
        user_agent: agent,
        auth_method: "password".to_owned(),
        mfa: false,
        impersonated_by: None,
    }
}

/// Remembers a failure of an account's own sign-in, counts it where it was a guess, and answers the refusal.
pub async fn of(call: &Call<Anyone>, principal: &Principal, attempt: SignIn, failure: Failure) -> Problem {
    match remember(call, principal, attempt, &failure).await {
        Ok(()) => failure.refused().into(),
        Err(problem) => problem,
    }
}

async fn remember(call: &Call<Anyone>, principal: &Principal, attempt: SignIn, failure: &Failure) -> Result<(), Problem> {
    let guess = matches!(failure, Failure::WrongPassword | Failure::WrongCode);
    let (user, now) = (principal.user_id, call.now());
    let failed = SignIn { reason: Some(failure.reason().to_owned()), ..attempt };
    if matches!(failure, Failure::Locked(_)) {
        // No try was counted, so nothing of the account changes.
        let mut tx = call.app.transaction();
        tx.check_not_erasing(user)?;
        tx.add_sign_in(user, &failed)?;
        tx.commit().await?;
    } else {
        let outcome = |owner: Principal| if guess { owner.fail_sign_in(now) } else { owner.withdraw_try() };
        call.end_try(principal.clone(), outcome, |tx| tx.add_sign_in(user, &failed)).await?;
    }
    if guess || matches!(failure, Failure::Locked(_)) {
        call.count_once(FAILED_SIGN_INS, Who::Address).await?;
    }
    Ok(())
}

/// Goes through the same for an address that nobody has.
pub async fn of_stranger(call: &Call<Anyone>, email: &Email, password: &str) -> Problem {
    match remember_stranger(call, email, password).await {
        Ok(refused) => refused.into(),
        Err(problem) => problem,
    }
}

async fn remember_stranger(call: &Call<Anyone>, email: &Email, password: &str) -> Result<Refused, Problem> {
    let now = call.now();
    let read = call.app.store().stranger(email, now).await?;
    let (read, next, refused) = match call.count_stranger_try(email, read).await {
        Err(Problem::Refused(locked)) => (read, read, locked),
        counted => {
            let counted = counted?;
            call.is_password(password, None).await;
            (counted, counted.one_more(now), wrong())
        }
    };
    let mut tx = call.app.transaction();
    tx.save_stranger(email, read, next, now)?;
    tx.commit().await?;
    call.count_once(FAILED_SIGN_INS, Who::Address).await?;
    Ok(refused)
}

/// Looks at a password for an account that is being erased. The account gets nothing new, so its tries are counted as those of an address that nobody has. Only its owner hears how it is.
pub async fn of_erased(call: &Call<Anyone>, owner: &Principal, credential: Option<&Credential>, body: &Login) -> Problem {
    match look_at_erased(call, owner, credential, body).await {
        Ok(refused) => refused.into(),
        Err(problem) => problem,
    }
}

async fn look_at_erased(call: &Call<Anyone>, owner: &Principal, credential: Option<&Credential>, body: &Login) -> Result<Refused, Problem> {
    let (store, now) = (call.app.store(), call.now());
    let counted = call.count_stranger_try(&owner.email, store.stranger(&owner.email, now).await?).await?;
    let right = call.is_password(&body.password, credential.map(|known| known.password_hash.as_str())).await;
    let next = if right { counted.withdrawn() } else { counted.one_more(now) };
    store.count_stranger_try(&owner.email, counted, next, now).await?;
    if !right {
        call.count_once(FAILED_SIGN_INS, Who::Address).await?;
        return Ok(wrong());
    }
    let cancelled = if body.cancel_deletion { owner.clone().undelete(now).err() } else { None };
    Ok(cancelled.or_else(|| owner.check_usable(now).err().map(|refused| cancel_hint(owner, None, refused))).unwrap_or_else(wrong))
}
