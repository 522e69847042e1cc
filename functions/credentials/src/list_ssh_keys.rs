//! `GET /api/ssh-keys`: the signed-in person's SSH keys, oldest first.

use provost_domain::{SshKeyId, Timestamp, page::Page, ssh_key::SshKey};
use provost_http::{Answer, Call, Json, List, Paging, Person, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// An SSH key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SshKeyView {
    /// Its id.
    pub id: SshKeyId,
    /// The owner's label.
    pub name: String,
    /// The algorithm as OpenSSH names it, `ssh-ed25519`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its strength in bits, as `ssh-keygen -l` says it.
    pub bits: u32,
    /// The fingerprint as `ssh-keygen -l` says it: `SHA256:…`
    pub fingerprint: String,
    /// The key in one line, without a comment.
    pub public_key: String,
    /// When it was added.
    pub created_at: Timestamp,
}

impl From<SshKey> for SshKeyView {
    fn from(key: SshKey) -> Self {
        let SshKey { id, name, kind, bits, fingerprint, public_key, created_at } = key;
        Self { id, name, kind, bits, fingerprint, public_key, created_at }
    }
}

pub async fn list_ssh_keys(call: Call<Person>, Query(paging): Query<Paging>) -> Answer<Json<List<SshKeyView>>> {
    let request = call.page_request(&paging).await?;
    let keys = call.app.store().ssh_keys(call.caller.principal.user_id).await?;
    let page = Page::of(keys.into_iter().map(SshKeyView::from).collect(), &request);
    Ok(Json::new(call.list(page, &request).await?))
}
