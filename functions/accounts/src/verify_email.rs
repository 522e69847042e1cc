//! `POST /api/users/verify-email`: confirm an email address with the token from the email. The
//! first confirmation revokes credentials that someone else may have left in the account.

use provost_auth::{secret::hex_digest, token::LinkClaims};
use provost_http::{HandlerResult, JsonOrForm, NoContentOr, PublicGrant, RequestContext};
use provost_operations::user::confirm_email;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::link;

/// Request to confirm an email address.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyEmail {
    /// Token from the email.
    token: String,
}

pub async fn verify_email(
    ctx: RequestContext<PublicGrant>,
    JsonOrForm(body): JsonOrForm<VerifyEmail>,
) -> HandlerResult<NoContentOr> {
    let done = NoContentOr::next(&ctx.headers, "/?done=confirmed");
    let LinkClaims::VerifyEmail { sub, email } = link::read(&ctx.app, &body.token)? else {
        return Err(link::missing().into());
    };
    let user = ctx.app.store().user(sub).await?.ok_or_else(link::missing)?;
    if hex_digest(user.email.as_str()) != email {
        return Err(link::moved().into());
    }
    // A user who is signed in while confirming the address created the account's credentials.
    let theirs = ctx.is_session_of(&user);
    // Repeating the request returns the same result.
    let Some(change) = confirm_email(&ctx.op(None), &user, theirs).await? else {
        return Ok(done);
    };
    ctx.complete(change, |_| done).await
}
