//! `POST /api/users/reset-password`: choose a new password with the token of the mail. The link works once, every session ends, and a mail says so.

use provost_auth::{password, token::LinkClaims};
use provost_domain::{
    Code, MessageId, Refused,
    audit::{Actor, Resource},
    mail::Template,
    message::Message,
};
use provost_http::{Answer, Anyone, Call, JsonOrForm, NothingOr};
use provost_store::credentials::Credential;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::link;

/// What choosing a new password takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResetPassword {
    /// The token of the mail.
    token: String,
    /// The new password, by the same rule as at registration.
    password: String,
}

pub async fn reset_password(call: Call<Anyone>, JsonOrForm(body): JsonOrForm<ResetPassword>) -> Answer<NothingOr> {
    let done = NothingOr::next(&call.headers, "/?done=password");
    let LinkClaims::ResetPassword { sub, resets } = link::read(&call.app, &body.token)? else { return Err(link::missing().into()) };
    let (principal, credential) = call.app.store().principal_and_credential(sub).await?.ok_or_else(link::missing)?;
    if principal.deletion.as_ref().is_some_and(|deletion| deletion.executing) {
        return Err(link::missing().into());
    }
    if credential.map_or(0, |known| known.resets) != resets {
        return Err(Refused::new(Code::LinkUsedUp, "A password was set with this link already; ask for a new mail.").into());
    }
    call.app.password_policy().check(&body.password, &principal.email)?;

    let now = call.now();
    let credential = Credential { password_hash: password::hash(&body.password)?, set_at: now, resets: resets + 1, must_reset: false };
    let subject = principal.subject();
    let mut entry = call.entry("user.password_reset", Resource::User(subject.clone()));
    entry.actor = Actor::User(subject);
    let mut tx = call.app.transaction();
    // The principal's condition makes it exact: of two that follow the link at once, one is decided anew and finds it used.
    tx.save_principal(&principal.reset_password(now))?;
    tx.save_credential(sub, &credential)?;
    tx.audit(entry)?;
    call.app
        .send(&mut tx, Message::Mail { id: call.app.id(MessageId::new), user: sub, template: Template::PasswordChanged, about: None })?;
    call.commit(tx, &done).await?;
    Ok(done)
}
