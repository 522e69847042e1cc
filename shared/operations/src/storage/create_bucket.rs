use provost_domain::{
    BucketId,
    storage::{Bucket, Place, mask},
};
use provost_store::buckets::BucketCredentials;

use super::{note_bucket, resource};
use crate::{Change, Op, OperationError};

/// A new bucket.
#[derive(Debug, Clone)]
pub struct NewBucket {
    /// Name for staff.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Key id and secret.
    pub credentials: BucketCredentials,
}

/// Adds a bucket. Its credentials are stored sealed.
///
/// # Errors
/// The key that seals them cannot be read.
pub async fn create_bucket(op: &Op<'_>, new: NewBucket) -> Result<Change<Bucket>, OperationError> {
    let NewBucket { name, place, credentials } = new;
    let id = op.app.id(BucketId::new);
    let sealed = op.app.keys().storage().await?.seal(id, &credentials)?;
    let bucket = Bucket {
        id,
        name,
        place,
        credentials: Some(sealed),
        key_hint: mask(&credentials.access_key_id),
        users: 0,
        organisations: 0,
        ever_assigned: false,
        handed_to: None,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
    };
    let mut entry = op.entry("bucket.created", resource(&bucket));
    note_bucket(&mut entry.changes, None, Some(&bucket));
    let mut tx = op.transaction();
    tx.create_bucket(&bucket)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, bucket))
}
