//! `POST /api/users/reset-password`: set a new password with the token from the email. The link
//! works once, all sessions and API keys are revoked, the address is confirmed, and an email is
//! sent.

use provost_auth::{password, secret::hex_digest, token::LinkClaims};
use provost_domain::{
    ApiError, Code, MessageId,
    audit::{Actor, Resource, note_change},
    mail::Template,
    message::Message,
};
use provost_http::{HandlerResult, JsonOrForm, NoContentOr, PublicGrant, RequestContext};
use provost_store::credentials::Credential;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{link, takeover};

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
    let (principal, credential) =
        ctx.app.store().principal_and_credential(sub).await?.ok_or_else(link::missing)?;
    if principal.is_being_erased() {
        return Err(link::missing().into());
    }
    if hex_digest(principal.email.as_str()) != email {
        return Err(link::moved().into());
    }
    if credential.map_or(0, |known| known.resets) != resets {
        return Err(ApiError::new(
            Code::LinkUsedUp,
            "The password has been changed since this link was sent. Request a new email.",
        )
        .into());
    }
    ctx.app.password_policy().check(&body.password, &principal.email)?;

    let now = ctx.now();
    let credential = Credential {
        password_hash: password::hash(&body.password)?,
        set_at: now,
        resets: resets + 1,
        must_reset: false,
    };
    let subject = principal.subject();
    let after = principal.clone().reset_password(now);
    let mut entry = ctx.entry("user.password_reset", Resource::User(subject.clone()));
    entry.actor = Actor::User(subject);
    note_change(
        &mut entry.changes,
        "emailVerified",
        &principal.email_verified,
        &after.email_verified,
    );
    let mut tx = ctx.app.transaction();
    // The condition on the principal makes this exact: of two concurrent requests with the same
    // link, one is evaluated again and finds the link used.
    tx.save_principal(&after)?;
    if principal.never_confirmed() {
        takeover::end_what_was_before(&ctx, &mut tx, (&principal, &after), &mut entry.changes)
            .await?;
    } else {
        takeover::note(&mut entry.changes, &principal, &after);
    }
    tx.save_credential(sub, &credential)?;
    tx.audit(entry)?;
    ctx.app.send(
        &mut tx,
        Message::Mail {
            id: ctx.app.id(MessageId::new),
            user: sub,
            template: Template::PasswordChanged,
            about: None,
        },
    )?;
    ctx.commit(tx, &done).await?;
    Ok(done)
}
