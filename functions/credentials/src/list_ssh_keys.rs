//! `GET /api/ssh-keys`: list the user's SSH keys, oldest first.

use provost_domain::{SshKeyId, Timestamp, page::Page, ssh_key::SshKey};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// An SSH public key of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SshKeyView {
    /// SSH key id.
    pub id: SshKeyId,
    /// Label of the key.
    pub name: String,
    /// Algorithm in OpenSSH's notation, such as `ssh-ed25519`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Key size in bits, as shown by `ssh-keygen -l`.
    pub bits: u32,
    /// Fingerprint as shown by `ssh-keygen -l`: `SHA256:…`
    pub fingerprint: String,
    /// Public key in one line, without a comment.
    pub public_key: String,
    /// Time when the key was added.
    pub created_at: Timestamp,
}

impl From<SshKey> for SshKeyView {
    fn from(key: SshKey) -> Self {
        let SshKey { id, name, kind, bits, fingerprint, public_key, created_at } = key;
        Self { id, name, kind, bits, fingerprint, public_key, created_at }
    }
}

pub async fn list_ssh_keys(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<SshKeyView>>> {
    let request = ctx.page_request(&paging).await?;
    let keys = ctx.app.store().ssh_keys(ctx.caller.user.user_id).await?;
    let page = Page::of(keys.into_iter().map(SshKeyView::from).collect(), &request);
    Ok(Json::new(ctx.list(page, &request).await?))
}
