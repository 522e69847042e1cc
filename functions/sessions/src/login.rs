//! `POST /api/sessions/login`: sign in with email address and password.
//!
//! The answer does not reveal whether an address has an account: an unknown address costs the same
//! requests and the same hashing, is locked after the same number of failures, and gets the same
//! error as a wrong password.

use provost_domain::{
    Email,
    lockout::{FAILED_SIGN_INS, SIGN_INS},
};
use provost_http::{
    Body, HandlerError, HandlerResult, Json, LimitKey, PublicGrant, RequestContext,
};
use provost_operations::{
    credential::{self, CodeCheck},
    session::{self, NewSession, SignIn, SignedIn, Unusable},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    failure::{self, Failure},
    tokens::{self, TokensView},
};

/// Request to sign in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// Email address of the account.
    email: Email,
    /// Password of the account.
    password: String,
    /// Code of the authenticator or a recovery code; required if a second factor is enabled.
    code: Option<String>,
    /// Whether to cancel a pending deletion and keep the account; `false` by default.
    #[serde(default)]
    cancel_deletion: bool,
}

pub async fn login(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<Login>,
) -> HandlerResult<Json<TokensView>> {
    let store = ctx.app.store();
    ctx.count_once(SIGN_INS, LimitKey::Address).await?;
    ctx.check_not_blocked(FAILED_SIGN_INS).await?;
    let found = match store.owner_of_email(&body.email).await? {
        Some(user) => store.user_and_credential(user).await?,
        None => None,
    };
    let Some((record, credential)) = found else {
        return Err(failure::of_unknown_login(&ctx, &body.email, &body.password).await);
    };

    if record.is_being_erased() {
        return Err(failure::of_erased(
            &ctx,
            &record,
            credential.as_ref(),
            &body.password,
            body.cancel_deletion,
        )
        .await);
    }
    let attempt = failure::attempt(&ctx);
    // The attempt is counted before anything is checked, so that concurrent attempts cannot exceed
    // the limit of the account.
    let record = match ctx.count_try(record.clone()).await {
        Err(HandlerError::Api(locked)) => {
            return Err(failure::of(&ctx, &record, attempt, Failure::Locked(locked)).await);
        }
        counted => counted?,
    };
    if !ctx
        .is_password(&body.password, credential.as_ref().map(|known| known.password_hash.as_str()))
        .await
    {
        return Err(failure::of(&ctx, &record, attempt, Failure::WrongPassword).await);
    }
    // The caller has proved to be the owner, and may learn the state of the account.
    let op = ctx.op(None);
    let code = match (record.two_factor_enabled, body.code.as_deref()) {
        (false, _) => None,
        (true, None) => {
            return Err(failure::of(&ctx, &record, attempt, Failure::NoCode).await);
        }
        (true, Some(code)) => match credential::check_code(&op, &record, code).await? {
            CodeCheck::Accepted(used) => Some(used),
            CodeCheck::Used => {
                return Err(failure::of(&ctx, &record, attempt, Failure::UsedCode).await);
            }
            CodeCheck::Wrong => {
                return Err(failure::of(&ctx, &record, attempt, Failure::WrongCode).await);
            }
        },
    };
    ctx.try_is_right().await;
    if credential.as_ref().is_some_and(|known| known.must_reset) {
        return Err(failure::of(&ctx, &record, attempt, Failure::MustReset).await);
    }
    let sign_in = SignIn {
        account: record,
        attempt,
        password: &body.password,
        credential,
        code,
        cancel_deletion: body.cancel_deletion,
    };
    let change = match session::sign_in(&op, sign_in).await? {
        SignedIn::Started(change) => *change,
        SignedIn::Refused(unusable) => return Err(refuse(&ctx, *unusable).await),
    };
    let NewSession { account, token, deletion_blocked } = &change.after;
    let blocked = deletion_blocked.clone();
    let answer = tokens::answer(&ctx, token, account, blocked).await?;
    // A concurrent change of the account, its deletion or its second factor wins; this request is
    // then evaluated again.
    let answer = ctx.complete(change, |_| answer).await?;
    ctx.try_is_written().await;
    Ok(answer)
}

/// Keeps a cancelled deletion, records the refusal, and returns it.
async fn refuse(ctx: &RequestContext<PublicGrant>, unusable: Unusable) -> HandlerError {
    let Unusable { account, attempt, cancelled, refused } = unusable;
    let account = match cancelled {
        Some(change) => match change.commit().await {
            Ok(kept) => kept,
            Err(error) => return error.into(),
        },
        None => account,
    };
    failure::of(ctx, &account, attempt, Failure::Unusable(refused)).await
}
