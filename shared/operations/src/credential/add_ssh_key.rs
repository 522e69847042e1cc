use provost_domain::{
    SshKeyId, User,
    audit::{Resource, note_change},
    notification::NotificationKind,
    ssh_key::{SshKey, check_addable},
};

use crate::{Change, Op, OperationError};

/// A public key to add.
#[derive(Debug, Clone)]
pub struct NewSshKey {
    /// Label of the key.
    pub name: String,
    /// Algorithm in OpenSSH's notation.
    pub kind: String,
    /// Key size in bits.
    pub bits: u32,
    /// Fingerprint, `SHA256:…`.
    pub fingerprint: String,
    /// The key in one line, without a comment.
    pub public_key: String,
}

/// Adds an SSH key to an account, with a security notification.
///
/// Two accounts may have the same key. Public keys are public, so refusing a key of another account
/// would reveal who has it, and would let anyone claim a key by adding it first.
///
/// # Errors
/// `ALREADY_EXISTS` if the account has the key, `INVALID_ACTION` above the maximum number.
pub async fn add_ssh_key(
    op: &Op<'_>,
    owner: &User,
    new: NewSshKey,
) -> Result<Change<SshKey>, OperationError> {
    let keys = op.app.store().ssh_keys(owner.user_id).await?;
    check_addable(&keys, &new.fingerprint)?;
    let NewSshKey { name, kind, bits, fingerprint, public_key } = new;
    let id = op.app.id(SshKeyId::new);
    let key = SshKey { id, name, kind, bits, fingerprint, public_key, created_at: op.now };

    let mut entry = op.entry(
        "ssh_key.added",
        Resource::Owned { kind: "ssh_key", id: id.to_string(), owner: owner.subject() },
    );
    note_change(&mut entry.changes, "name", &None, &Some(&key.name));
    note_change(&mut entry.changes, "fingerprint", &None, &Some(&key.fingerprint));
    let mut tx = op.transaction();
    // Saved, not only checked: of two concurrent requests, the second is evaluated again and sees
    // the key of the first.
    tx.save_user(owner)?;
    tx.add_ssh_key(owner.user_id, &key)?;
    op.notify(
        &mut tx,
        owner.user_id,
        NotificationKind::Security,
        "An SSH key was added",
        &format!(
            "The key “{}” ({}) was added to your account. If you did not add it, remove it and change your password.",
            key.name, key.fingerprint
        ),
    )?;
    tx.audit(entry)?;
    Ok(Change::new(tx, key))
}
