use provost_auth::{password, refresh::RefreshToken};
use provost_domain::{
    ApiError, User,
    deletion::DeletionRequest,
    fraud::scan_triggers,
    mail::Template,
    message::{About, Message},
    session::{self, LiveSession, SignInStatus},
};
use provost_store::{Transaction, credentials::Credential};

use super::apply_second_factor_rule;
use crate::{
    Change, Op, OperationError,
    credential::UsedCode,
    deletion::{cancel_at_sign_in, keep_account},
};

/// A sign-in with a password, and a code if the account has a second factor, that were correct.
pub struct SignIn<'a> {
    /// The account after the attempt was counted.
    pub account: User,
    /// The attempt, for the login history.
    pub attempt: session::SignIn,
    /// The password.
    pub password: &'a str,
    /// The credential of the password.
    pub credential: Option<Credential>,
    /// The used code of the second factor.
    pub code: Option<UsedCode>,
    /// Whether to cancel a pending deletion and keep the account.
    pub cancel_deletion: bool,
}

impl std::fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({})", self.account.user_id)
    }
}

/// What a sign-in changes.
#[derive(Debug)]
pub enum SignedIn {
    /// The user is signed in.
    Started(Box<Change<NewSession>>),
    /// The account cannot be used.
    Refused(Box<Unusable>),
}

/// A session that a sign-in started.
#[derive(Debug)]
pub struct NewSession {
    /// The account after the change.
    pub account: User,
    /// The refresh token of the session.
    pub token: RefreshToken,
    /// Why the deletion of the account is blocked. The session can only remove the obstacle.
    pub deletion_blocked: Option<String>,
}

/// A sign-in to an account that cannot be used. The refusal is to be recorded in the login history.
#[derive(Debug)]
pub struct Unusable {
    /// The account.
    pub account: User,
    /// The attempt, for the login history.
    pub attempt: session::SignIn,
    /// The cancelled deletion, which is kept although the user cannot sign in, such as for a banned
    /// user; it returns the account as it is then stored.
    pub cancelled: Option<Change<User>>,
    /// The error for the user.
    pub refused: ApiError,
}

/// Signs a user in. Cancels a pending deletion if the user wants to keep the account, notifies about
/// a new device, and replaces an outdated password hash.
///
/// # Errors
/// `INVALID_ACTION` when the deletion can no longer be cancelled.
pub async fn sign_in(op: &Op<'_>, sign_in: SignIn<'_>) -> Result<SignedIn, OperationError> {
    let SignIn { account: before, attempt, password, credential, code, cancel_deletion } = sign_in;
    let attempt = session::SignIn { mfa: code.is_some(), ..attempt };
    let mut tx = op.transaction();
    let pending = op.app.store().pending_deletion(&before).await?;
    let cancels = cancel_deletion
        && before.deletion.is_some()
        && !pending.as_ref().is_some_and(DeletionRequest::is_purge);
    let account = if cancels {
        cancel_at_sign_in(op, &mut tx, before.clone(), pending.clone())?
    } else {
        before.clone()
    };
    // A user whose deletion is blocked can sign in to remove the obstacle, and for nothing else.
    let blocked = pending.as_ref().filter(|request| !cancels && request.lets_owner_in(&account));
    if blocked.is_none()
        && let Err(refused) = account.check_usable(op.now)
    {
        let refused = account.explain_deletion(pending.as_ref(), refused);
        let cancelled = if cancels { Some(keep_account(tx, account.clone())?) } else { None };
        return Ok(SignedIn::Refused(Box::new(Unusable { account, attempt, cancelled, refused })));
    }

    let token = RefreshToken::first(account.user_id, attempt.id)?;
    let session =
        LiveSession { pending_deletion: blocked.is_some(), ..token.start(op.now, attempt.mfa) };
    let (account, is_new_device) =
        account.sign_in(attempt.id, session, &attempt.device, &attempt.ip, op.now);
    let account = apply_second_factor_rule(op.app, account).await?;
    let user = account.user_id;
    tx.save_user(&account)?;
    if let Some(code) = code {
        code.save(op, &mut tx, user)?;
    }
    let entry = session::SignIn { status: SignInStatus::Success, ..attempt.clone() };
    tx.add_sign_in(user, &entry)?;
    if is_new_device {
        op.mail(&mut tx, user, Template::NewDevice, Some(About::Session(attempt.id)))?;
    }
    renew_hash(&mut tx, &account, credential, password)?;
    if scan_triggers::at_sign_in(&before, &attempt) {
        op.app.send(&mut tx, Message::FraudScan { user })?;
    }
    let deletion_blocked = blocked.and_then(|request| request.blocked.clone());
    Ok(SignedIn::Started(Box::new(Change::new(
        tx,
        NewSession { account, token, deletion_blocked },
    ))))
}

/// Replaces a password hash with older parameters, since only now is the password available. The
/// condition on the account covers it: every password change changes the account.
fn renew_hash(
    tx: &mut Transaction,
    account: &User,
    credential: Option<Credential>,
    password: &str,
) -> Result<(), OperationError> {
    if let Some(known) = credential.filter(|known| password::is_outdated(&known.password_hash)) {
        let password_hash = password::hash(password)?;
        tx.save_credential(account.user_id, &Credential { password_hash, ..known })?;
    }
    Ok(())
}
