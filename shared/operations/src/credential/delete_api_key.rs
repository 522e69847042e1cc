use provost_domain::{ApiError, ApiKeyId, User, audit::Resource};

use crate::{Change, Op, OperationError};

/// Deletes an API key of a user.
///
/// # Errors
/// `NOT_FOUND` when the user has no such key.
pub fn delete_api_key(
    op: &Op<'_>,
    owner: &User,
    id: ApiKeyId,
) -> Result<Change<()>, OperationError> {
    let mut owner = owner.clone();
    owner.api_keys.remove(&id).ok_or_else(|| ApiError::missing("API key"))?;
    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.remove_api_key(owner.user_id, id)?;
    tx.audit(op.entry(
        "apikey.deleted",
        Resource::Owned { kind: "api_key", id: id.to_string(), owner: owner.subject() },
    ))?;
    Ok(Change::new(tx, ()))
}
