//! `POST /api/ssh-keys`: add an SSH public key.

use provost_domain::{ssh_key::MAX_NAME, text};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::credential::{self, NewSshKey};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{list_ssh_keys::SshKeyView, public_key};

/// Request to add an SSH public key.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddSshKey {
    /// Label of the key, at most 64 characters.
    name: String,
    /// Line of the `.pub` file: type, base64 and an optional comment, which is not stored. Ed25519,
    /// ECDSA, RSA of at least 2048 bits, and security keys are accepted.
    public_key: String,
}

pub async fn add_ssh_key(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<AddSshKey>,
) -> HandlerResult<Created<SshKeyView>> {
    let name = text::line("name", &body.name, MAX_NAME)?;
    let public_key::Parsed { kind, bits, fingerprint, line } = public_key::parse(&body.public_key)?;
    let new = NewSshKey { name, kind, bits, fingerprint, public_key: line };
    let change = credential::add_ssh_key(&ctx.op(None), &ctx.caller.user, new).await?;
    ctx.complete(change, |key| {
        let location = format!("/api/ssh-keys/{}", key.id);
        Created(SshKeyView::from(key), location)
    })
    .await
}
