use provost_domain::{
    ApiError, SshKeyId, User,
    audit::{Resource, note_change},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Deletes an SSH key of a user.
///
/// # Errors
/// `NOT_FOUND` when the user has no such key.
pub async fn delete_ssh_key(
    op: &Op<'_>,
    owner: &User,
    id: SshKeyId,
) -> Result<Change<()>, OperationError> {
    let missing = || ApiError::missing("SSH key");
    let keys = op.app.store().ssh_keys(owner.user_id).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or_else(missing)?;
    let mut entry = op.entry(
        "ssh_key.removed",
        Resource::Owned { kind: "ssh_key", id: id.to_string(), owner: owner.subject() },
    );
    note_change(&mut entry.changes, "name", &Some(&key.name), &None);
    note_change(&mut entry.changes, "fingerprint", &Some(&key.fingerprint), &None);
    let mut tx = op.transaction();
    tx.check_user(owner)?;
    tx.remove_ssh_key(owner.user_id, id)?;
    tx.audit(entry)?;
    // Another request removed it first.
    Ok(Change::new(tx, ()).refused_on(Conflict::SshKey, missing()))
}
