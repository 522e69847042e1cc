//! Sign-ins that fail: what is remembered of each, and what is said.

use provost_auth::password;
use provost_domain::{
    Code, Email, Principal, Refused, SessionId,
    device::Device,
    lockout::FAILED_SIGN_INS,
    session::{SignIn, SignInStatus},
};
use provost_http::{Anyone, Call, Problem};

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
    // An account that is being erased gets nothing new.
    if !principal.is_being_erased() {
        let mut tx = call.app.transaction();
        if guess {
            tx.save_principal(&principal.clone().fail_sign_in(call.now()))?;
        } else {
            tx.check_principal(principal)?;
        }
        tx.add_sign_in(principal.user_id, &SignIn { reason: Some(failure.reason().to_owned()), ..attempt })?;
        tx.commit().await?;
    }
    if guess || matches!(failure, Failure::Locked(_)) {
        count(call).await?;
    }
    Ok(())
}

/// Counts a guess against its address.
async fn count(call: &Call<Anyone>) -> Result<(), Problem> {
    Ok(call.app.store().attempt(FAILED_SIGN_INS, &call.ip(), call.now()).await??)
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
    let failures = call.app.store().stranger(email, now).await?;
    let (next, refused) = match failures.check(now) {
        Err(locked) => (failures, locked),
        Ok(()) => {
            password::verify(password, None);
            (failures.one_more(now), wrong())
        }
    };
    let mut tx = call.app.transaction();
    tx.save_stranger(email, failures, next, now)?;
    tx.commit().await?;
    count(call).await?;
    Ok(refused)
}
