//! `POST /api/apikeys`: create an API key. It is shown only in this answer. Its first characters
//! and its digest are stored.

use provost_auth::{Caller, Credential};
use provost_domain::{
    Timestamp,
    api_key::{ApiKey, LiveKey, MAX_NAME, Scope},
    text,
};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::credential::{self, CreatedApiKey, NewApiKey};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::view::NewApiKeyView;

/// Request to create an API key.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// Label of the key, at most 64 characters.
    name: String,
    /// Scopes that limit the key: staff permissions, and `self.read` to read the user's own
    /// account, sessions, keys, notifications, exports and organisations. A key with scopes cannot
    /// change the user's own data, and without `self.read` cannot read it. If omitted, the key can
    /// do everything that the user can at the time of use.
    scopes: Option<Vec<Scope>>,
    /// Expiry time, in the future. If omitted, the key does not expire, or expires with the API key
    /// that makes the request. A time beyond the maximum, or beyond the expiry of that key, is
    /// lowered to it, and `clamped` in the answer is `true`.
    expires_at: Option<Timestamp>,
}

pub async fn create_api_key(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<CreateApiKey>,
) -> HandlerResult<Created<NewApiKeyView>> {
    let caller = &ctx.caller;
    let new = NewApiKey {
        name: text::line("name", &body.name, MAX_NAME)?,
        scopes: body.scopes,
        expires_at: body.expires_at,
        latest_expiry: made_by(caller).and_then(|key| key.expires_at),
    };
    let change = credential::create_api_key(&ctx.op(None), caller.acting(), new)?;
    ctx.complete(change, |CreatedApiKey { described, scopes, key, clamped }| {
        let ApiKey { id, name, prefix, created_at, expires_at, .. } = described;
        Created(
            NewApiKeyView { id, name, key, prefix, scopes, created_at, expires_at, clamped },
            format!("/api/apikeys/{id}"),
        )
    })
    .await
}

/// The API key of the request.
fn made_by(caller: &Caller) -> Option<&LiveKey> {
    match caller.credential {
        Credential::ApiKey(id) => caller.user.api_keys.get(&id),
        Credential::Session(_) => None,
    }
}
