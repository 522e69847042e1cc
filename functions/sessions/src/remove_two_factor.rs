//! `DELETE /api/sessions/two-factor`: turn the second factor off. It takes a code, so that a session left open somewhere is not enough; wrong ones count as wrong passwords do.

use provost_domain::{
    Refused,
    audit::{Resource, note_change},
    lockout::FAILED_SIGN_INS,
};
use provost_http::{Answer, BodyOrQuery, Call, Nothing, Person};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    second_factor::{Given, give, notice},
    start_two_factor::{commit, session},
};

/// What turning it off takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveTwoFactor {
    /// The code that the authenticator shows now, or a recovery code.
    code: String,
}

pub async fn remove(call: Call<Person>, BodyOrQuery(body): BodyOrQuery<RemoveTwoFactor>) -> Answer<Nothing> {
    session(&call)?;
    let (store, now, mut principal) = (call.app.store(), call.now(), call.caller.principal.clone());
    if !principal.two_factor_enabled {
        return Err(Refused::invalid_action("No second factor is on.", &["start"]).into());
    }
    store.blocked(FAILED_SIGN_INS, &call.ip(), now).await??;
    principal.failures.check(now)?;
    let Some(factor) = store.second_factor(principal.user_id).await? else {
        return Err(crate::second_factor::failed("it is on, but not there"));
    };
    if !matches!(give(&call, &principal, Some(&body.code)).await?, Given::Accepted(_)) {
        let mut tx = call.app.transaction();
        tx.save_principal(&principal.fail_sign_in(now))?;
        tx.commit().await?;
        store.attempt(FAILED_SIGN_INS, &call.ip(), now).await??;
        return Err(Refused::field(
            "code",
            "wrong",
            "This code was not accepted; send the one that the authenticator shows now, or a recovery code.",
        )
        .into());
    }
    let mut entry = call.entry("two_factor.disabled", Resource::User(principal.subject()));
    note_change(&mut entry.changes, "twoFactorEnabled", &true, &false);
    principal.two_factor_enabled = false;
    let principal = principal.changed(now);
    let mut tx = call.app.transaction();
    tx.save_principal(&principal)?;
    tx.remove_second_factor(principal.user_id, &factor)?;
    tx.notify(
        principal.user_id,
        &notice(
            &call,
            "The second factor is off",
            "Signing in asks for the password only. If it was not you who turned it off, change your password.",
        ),
    )?;
    tx.audit(entry)?;
    commit(&call, tx, &Nothing).await?;
    Ok(Nothing)
}
