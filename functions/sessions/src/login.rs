//! `POST /api/sessions/login`: sign in with email address and password.
//!
//! The answer does not reveal whether an address has an account: an unknown address costs the same
//! requests and the same hashing, is locked after the same number of failures, and gets the same
//! error as a wrong password.

use provost_auth::{password, refresh::RefreshToken};
use provost_domain::{
    ApiError, Code, Email, MessageId, Principal,
    deletion::DeletionRequest,
    fraud::scan_triggers,
    lockout::{FAILED_SIGN_INS, SIGN_INS},
    mail::Template,
    message::{About, Message},
    session::{LiveSession, SignIn, SignInStatus},
};
use provost_http::{Body, HandlerError, HandlerResult, Json, PublicGrant, RequestContext, Who};
use provost_store::credentials::Credential;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    cancel_deletion,
    failure::{self, Failure},
    second_factor::{self, Given},
    tokens::{self, TokensView},
};

/// Request to sign in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// Email address of the account.
    email: Email,
    /// Password of the account.
    pub(crate) password: String,
    /// Code of the authenticator or a recovery code; required if a second factor is enabled.
    code: Option<String>,
    /// Whether to also set the access token as the portal's cookie `__Host-provost`; `false` by
    /// default.
    #[serde(default)]
    cookie: bool,
    /// Whether to cancel a pending deletion and keep the account; `false` by default.
    #[serde(default)]
    pub(crate) cancel_deletion: bool,
}

pub async fn login(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<Login>,
) -> HandlerResult<Json<TokensView>> {
    let (store, now) = (ctx.app.store(), ctx.now());
    ctx.count_once(SIGN_INS, Who::Address).await?;
    ctx.check_not_blocked(FAILED_SIGN_INS).await?;
    let found = match store.owner_of_email(&body.email).await? {
        Some(user) => store.principal_and_credential(user).await?,
        None => None,
    };
    let Some((principal, credential)) = found else {
        return Err(failure::of_unknown_login(&ctx, &body.email, &body.password).await);
    };

    if principal.is_being_erased() {
        return Err(failure::of_erased(&ctx, &principal, credential.as_ref(), &body).await);
    }
    let attempt = failure::attempt(&ctx);
    // The attempt is counted before anything is checked, so that concurrent attempts cannot exceed
    // the limit of the account.
    let principal = match ctx.count_try(principal.clone()).await {
        Err(HandlerError::Api(locked)) => {
            return Err(failure::of(&ctx, &principal, attempt, Failure::Locked(locked)).await);
        }
        counted => counted?,
    };
    if !ctx
        .is_password(&body.password, credential.as_ref().map(|known| known.password_hash.as_str()))
        .await
    {
        return Err(failure::of(&ctx, &principal, attempt, Failure::WrongPassword).await);
    }
    // The caller has proved to be the owner, and may learn the state of the account.
    let factor = if principal.two_factor_enabled {
        match second_factor::give(&ctx, &principal, body.code.as_deref()).await? {
            Given::Accepted(used) => Some(used),
            Given::Failed(failure) => {
                return Err(failure::of(&ctx, &principal, attempt, failure).await);
            }
        }
    } else {
        None
    };
    ctx.try_is_right().await;
    if credential.as_ref().is_some_and(|known| known.must_reset) {
        return Err(failure::of(&ctx, &principal, attempt, Failure::MustReset).await);
    }
    let attempt = SignIn { mfa: factor.is_some(), ..attempt };
    let (mut tx, before) = (ctx.app.transaction(), principal.clone());
    let pending = store.pending_deletion(&principal).await?;
    let cancels = body.cancel_deletion
        && principal.deletion.is_some()
        && !pending.as_ref().is_some_and(DeletionRequest::is_purge);
    let principal = if cancels {
        cancel_deletion::cancel_deletion(&ctx, &mut tx, principal, pending.clone())?
    } else {
        principal
    };
    // A user whose deletion is blocked can sign in to remove the obstacle, and for nothing else.
    let blocked = pending.as_ref().filter(|request| !cancels && request.lets_owner_in(&principal));
    if blocked.is_none()
        && let Err(refused) = principal.check_usable(now)
    {
        let principal = if cancels { cancel_deletion::keep(tx, principal).await? } else { before };
        let refused = cancel_hint(&principal, pending.as_ref(), refused);
        return Err(failure::of(&ctx, &principal, attempt, Failure::Unusable(refused)).await);
    }

    let refresh = RefreshToken::first(principal.user_id, attempt.id)?;
    let session = LiveSession { leaving: blocked.is_some(), ..refresh.start(now, attempt.mfa) };
    let (principal, is_new_device) =
        principal.sign_in(attempt.id, session, &attempt.device, &attempt.ip, now);
    tx.save_principal(&principal)?;
    if let Some(used) = factor {
        used.write(&ctx, &mut tx, principal.user_id)?;
    }
    tx.add_sign_in(
        principal.user_id,
        &SignIn { status: SignInStatus::Success, ..attempt.clone() },
    )?;
    if is_new_device {
        ctx.app.send(
            &mut tx,
            Message::Mail {
                id: ctx.app.id(MessageId::new),
                user: principal.user_id,
                template: Template::NewDevice,
                about: Some(About::Session(attempt.id)),
            },
        )?;
    }
    // Only now is the password available, so a hash with older parameters is replaced now. The
    // condition on the account covers it: every password change changes the account.
    if let Some(known) = credential.filter(|known| password::is_outdated(&known.password_hash)) {
        tx.save_credential(
            principal.user_id,
            &Credential { password_hash: password::hash(&body.password)?, ..known },
        )?;
    }
    if scan_triggers::at_sign_in(&before, &attempt) {
        ctx.app.send(&mut tx, Message::FraudScan { user: principal.user_id })?;
    }
    let why_blocked = blocked.and_then(|request| request.blocked.clone());
    let answer = tokens::answer(&ctx, &refresh, &principal, why_blocked, body.cookie).await?;
    // A concurrent change of the account, its deletion or its second factor wins; this request is
    // then evaluated again.
    ctx.commit(tx, &answer).await?;
    ctx.try_is_written().await;
    Ok(answer)
}

/// Adds the time of the erasure to a pending-deletion error and, if the user can cancel it, how to
/// do so.
pub(crate) fn cancel_hint(
    principal: &Principal,
    pending: Option<&DeletionRequest>,
    refused: ApiError,
) -> ApiError {
    let Some(deletion) =
        principal.deletion.as_ref().filter(|_| refused.code == Code::DeletionPending)
    else {
        return refused;
    };
    let refused = refused
        .with("deletionId", deletion.id.to_string())
        .with("dueAt", deletion.due_at.to_string());
    if deletion.executing || !pending.is_some_and(DeletionRequest::owner_may_cancel) {
        return ApiError {
            detail: "This account is being deleted, and the deletion cannot be cancelled."
                .to_owned(),
            ..refused
        };
    }
    let hint = serde_json::json!({ "cancelDeletion": true });
    ApiError {
        detail: "This account is scheduled for deletion. Sign in with `cancelDeletion: true`, or use the link in the email, to keep it."
            .to_owned(),
        ..refused
    }
    // The previous name, for clients that still read it.
    .with("wayBack", hint.clone())
    .with("cancelHint", hint)
}
