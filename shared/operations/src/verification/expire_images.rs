use provost_domain::audit::Resource;
use provost_store::{Conflict, StoreError, item::Key};

use crate::Op;

/// Removes the images of a decided verification after their retention: every version of each
/// object, then the plan, with its audit entry. Returns false when there was nothing to do. If the
/// process dies in between, the next run removes what is left and writes the entry.
///
/// # Errors
/// If the store is not available.
pub async fn expire_images(op: &Op<'_>, due: &Key) -> Result<bool, StoreError> {
    let store = op.app.store();
    let Some(decided) = store.verification_due(due, op.now).await? else { return Ok(false) };
    store.erase_images(&decided).await?;
    let mut tx = op.transaction();
    tx.images_removed(due, op.now)?;
    if let Some(owner) = store.user(decided.user_id).await? {
        let resource = Resource::Owned {
            kind: "verification",
            id: decided.id.to_string(),
            owner: owner.subject(),
        };
        tx.audit(op.entry("verification.images_removed", resource))?;
    }
    match tx.commit().await {
        Ok(()) => Ok(true),
        Err(error) if error.conflict() == Some(Conflict::Verification) => Ok(false),
        Err(error) => Err(error),
    }
}
