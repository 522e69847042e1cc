//! `POST /api/ssh-keys`: add an SSH public key.
//!
//! Two accounts may have the same key. Public keys are public, so refusing a key of another account
//! would reveal who has it, and would let anyone claim a key by adding it first.

use provost_domain::{
    ApiError, Code, NotificationId, SshKeyId,
    audit::{Resource, note_change},
    notification::{Notification, NotificationKind},
    ssh_key::{MAX_SSH_KEYS, SshKey},
    text,
};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
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
    let name = text::line("name", &body.name, 64)?;
    let public_key::Parsed { kind, bits, fingerprint, line } = public_key::parse(&body.public_key)?;
    let principal = &ctx.caller.principal;
    let there = ctx.app.store().ssh_keys(principal.user_id).await?;
    if let Some(same) = there.iter().find(|key| key.fingerprint == fingerprint) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "This key is already in your account. Use it, or delete it first.",
        )
        .with("field", "publicKey")
        .with("id", same.id.to_string())
        .into());
    }
    if there.len() >= MAX_SSH_KEYS {
        return Err(ApiError::invalid_action(
            "You have the maximum of 50 SSH keys. Delete one first.",
            &["remove-key"],
        )
        .into());
    }

    let key = SshKey {
        id: ctx.app.id(SshKeyId::new),
        name,
        kind,
        bits,
        fingerprint,
        public_key: line,
        created_at: ctx.now(),
    };
    let mut entry = ctx.entry(
        "ssh_key.added",
        Resource::Owned { kind: "ssh_key", id: key.id.to_string(), owner: principal.subject() },
    );
    note_change(&mut entry.changes, "name", &None::<&str>, &Some(key.name.as_str()));
    note_change(&mut entry.changes, "fingerprint", &None::<&str>, &Some(key.fingerprint.as_str()));
    let notice = Notification::new(
        ctx.app.id(NotificationId::new),
        NotificationKind::Security,
        "An SSH key was added",
        format!(
            "The key “{}” ({}) was added to your account. If you did not add it, remove it and change your password.",
            key.name, key.fingerprint
        ),
        ctx.now(),
    );
    let mut tx = ctx.app.transaction();
    // Saved, not only checked: of two concurrent requests, the second is evaluated again and sees
    // the key of the first.
    tx.save_principal(principal)?;
    tx.add_ssh_key(principal.user_id, &key)?;
    tx.notify(principal.user_id, &notice)?;
    tx.audit(entry)?;
    let location = format!("/api/ssh-keys/{}", key.id);
    let answer = Created(SshKeyView::from(key), location);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
