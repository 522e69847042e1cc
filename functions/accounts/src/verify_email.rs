//! `POST /api/users/verify-email`: confirm an email address with the token from the email. The
//! first confirmation revokes credentials that someone else may have left in the account.

use provost_auth::{secret::hex_digest, token::LinkClaims};
use provost_domain::audit::{Actor, Resource, note_change};
use provost_http::{HandlerResult, JsonOrForm, NoContentOr, PublicGrant, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{link, takeover};

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
    let principal = ctx.app.store().principal(sub).await?.ok_or_else(link::missing)?;
    if hex_digest(principal.email.as_str()) != email {
        return Err(link::moved().into());
    }
    // Repeating the request returns the same result.
    if principal.email_verified {
        return Ok(done);
    }
    let (subject, first) = (principal.subject(), principal.never_confirmed());
    // A user who is signed in while confirming the address created the account's credentials.
    let theirs = ctx.is_session_of(&principal);
    let confirmed = principal.clone().confirm_email(theirs, ctx.now());
    let mut entry = ctx.entry("user.email_verified", Resource::User(subject.clone()));
    entry.actor = Actor::User(subject);
    note_change(&mut entry.changes, "emailVerified", &false, &true);
    note_change(&mut entry.changes, "status", &principal.status, &confirmed.status);
    let mut tx = ctx.app.transaction();
    tx.save_principal(&confirmed)?;
    if first && !theirs {
        takeover::end_what_was_before(&ctx, &mut tx, (&principal, &confirmed), &mut entry.changes)
            .await?;
    }
    tx.audit(entry)?;
    ctx.commit(tx, &done).await?;
    Ok(done)
}
