//! `POST /api/users/reset-password`: set a new password with the token from the email. The link
//! works once, all sessions and API keys are revoked, the address is confirmed, and an email is
//! sent.

use provost_auth::{secret::hex_digest, token::LinkClaims};
use provost_domain::{ApiError, Code};
use provost_http::{HandlerResult, JsonOrForm, NoContentOr, PublicGrant, RequestContext};
use provost_operations::credential;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::link;

/// Request to set a new password.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResetPassword {
    /// Token from the email.
    token: String,
    /// New password; the same rules as for registration.
    password: String,
}

pub async fn reset_password(
    ctx: RequestContext<PublicGrant>,
    JsonOrForm(body): JsonOrForm<ResetPassword>,
) -> HandlerResult<NoContentOr> {
    let done = NoContentOr::next(&ctx.headers, "/?done=password");
    let LinkClaims::ResetPassword { sub, resets, email } = link::read(&ctx.app, &body.token)?
    else {
        return Err(link::missing().into());
    };
    let (user, credential) =
        ctx.app.store().user_and_credential(sub).await?.ok_or_else(link::missing)?;
    if user.is_being_erased() {
        return Err(link::missing().into());
    }
    if hex_digest(user.email.as_str()) != email {
        return Err(link::moved().into());
    }
    if credential.map_or(0, |known| known.resets) != resets {
        return Err(ApiError::new(
            Code::LinkUsedUp,
            "The password has been changed since this link was sent. Request a new email.",
        )
        .into());
    }
    let change = credential::reset_password(&ctx.op(None), &user, resets, &body.password).await?;
    ctx.complete(change, |_| done).await
}
