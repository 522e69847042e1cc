//! `POST /api/users/forgot-password`: request an email with a link to choose a new password. The
//! answer does not reveal whether an account has the address.

use provost_domain::{
    Email, UserId,
    lockout::{PASSWORD_RESETS, RESET_MAILS},
};
use provost_http::{Body, HandlerResult, LimitKey, NoContent, PublicGrant, RequestContext};
use provost_operations::credential;
use schemars::JsonSchema;
use serde::Deserialize;

/// Request for a password reset email.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForgotPassword {
    /// Email address of the account.
    email: Email,
}

pub async fn request_password_reset(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<ForgotPassword>,
) -> HandlerResult<NoContent> {
    let store = ctx.app.store();
    ctx.count_once(PASSWORD_RESETS, LimitKey::Address).await?;
    // For an unknown address, the email is queued for a user id that does not exist, and the mail
    // worker drops it. So both cases make the same requests and take the same time. The same
    // happens after three emails to the account within an hour.
    let nobody = ctx.app.id(UserId::new);
    let user = store.owner_of_email(&body.email).await?.unwrap_or(nobody);
    let user =
        if ctx.is_within(RESET_MAILS, LimitKey::Account(user)).await? { user } else { nobody };
    let change = credential::request_password_reset(&ctx.op(None), user)?;
    ctx.complete(change, |()| NoContent).await
}
