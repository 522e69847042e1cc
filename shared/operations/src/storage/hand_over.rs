use provost_domain::{ApiError, HandoverId, User, audit::Resource, storage::Bucket};
use provost_store::{Conflict, buckets::BucketCredentials};

use crate::{Change, Op, OperationError};

/// A bucket with its credentials, for the user that it is assigned to.
#[derive(Debug, Clone)]
pub struct HandedOver {
    /// The bucket.
    pub bucket: Bucket,
    /// Its credentials.
    pub credentials: BucketCredentials,
}

/// The bucket of a handover that is open.
///
/// # Errors
/// `NOT_FOUND`, `LINK_REVOKED` when it was replaced or the bucket is no longer the user's,
/// `LINK_USED_UP`, `LINK_EXPIRED`.
pub async fn open_handover(
    op: &Op<'_>,
    user: Option<&User>,
    id: HandoverId,
) -> Result<Bucket, OperationError> {
    let missing = || ApiError::missing("link");
    let user = user.ok_or_else(missing)?;
    let handover = op.app.store().handover(user.user_id).await?.ok_or_else(missing)?;
    handover.check_open(id, op.now)?;
    let bucket = op.app.store().bucket(handover.bucket).await?;
    let is_theirs = |bucket: &Bucket| {
        user.storage_bucket == Some(bucket.id) && bucket.handed_to == Some(user.user_id)
    };
    let bucket = bucket.filter(is_theirs).filter(|bucket| bucket.credentials.is_some());
    Ok(bucket.ok_or_else(revoked)?)
}

fn revoked() -> ApiError {
    ApiError::new(
        provost_domain::Code::LinkRevoked,
        "This bucket is no longer assigned to you, or its credentials were replaced. Contact support.",
    )
}

/// Shows the credentials of an assigned bucket, once.
///
/// # Errors
/// As for [`open_handover`].
pub async fn take_handover(
    op: &Op<'_>,
    user: Option<&User>,
    id: HandoverId,
) -> Result<Change<HandedOver>, OperationError> {
    let bucket = open_handover(op, user, id).await?;
    let user = user.ok_or_else(|| ApiError::missing("link"))?;
    let handover = op.app.store().handover(user.user_id).await?;
    let handover = handover.ok_or_else(|| ApiError::missing("link"))?;
    let sealing = op.app.keys().storage().await?;
    let sealed = bucket.credentials.as_deref().unwrap_or_default();
    let credentials = sealing.open(bucket.id, sealed)?;
    let resource =
        Resource::Owned { kind: "bucket", id: bucket.id.to_string(), owner: user.subject() };
    let mut tx = op.transaction();
    tx.use_handover(user.user_id, &handover, op.now)?;
    tx.audit(op.entry("bucket.credentials_shown", resource))?;
    let change = Change::new(tx, HandedOver { bucket, credentials });
    Ok(change.decided_again_on(&[Conflict::Handover]))
}
