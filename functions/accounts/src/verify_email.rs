//! `POST /api/users/verify-email`: confirm an e-mail address with the token of the mail.

use provost_auth::{secret::hex_digest, token::LinkClaims};
use provost_domain::audit::{Actor, Resource, note_change};
use provost_http::{Answer, Anyone, Call, JsonOrForm, NothingOr};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::link;

/// What confirming takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyEmail {
    /// The token of the mail.
    token: String,
}

pub async fn verify_email(call: Call<Anyone>, JsonOrForm(body): JsonOrForm<VerifyEmail>) -> Answer<NothingOr> {
    let done = NothingOr::next(&call.headers, "/?done=confirmed");
    let LinkClaims::VerifyEmail { sub, email } = link::read(&call.app, &body.token)? else { return Err(link::missing().into()) };
    let principal = call.app.store().principal(sub).await?.ok_or_else(link::missing)?;
    if hex_digest(principal.email.as_str()) != email {
        return Err(link::moved().into());
    }
    // Following the link twice says the same twice.
    if principal.email_verified {
        return Ok(done);
    }
    let subject = principal.subject();
    let (before, confirmed) = (principal.status, principal.confirm_email(call.now()));
    let mut entry = call.entry("user.email_verified", Resource::User(subject.clone()));
    entry.actor = Actor::User(subject);
    note_change(&mut entry.changes, "emailVerified", &false, &true);
    note_change(&mut entry.changes, "status", &before, &confirmed.status);
    let mut tx = call.app.transaction();
    tx.save_principal(&confirmed)?;
    tx.audit(entry)?;
    call.commit(tx, &done).await?;
    Ok(done)
}
