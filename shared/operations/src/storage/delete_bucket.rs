use provost_domain::storage::Bucket;
use provost_store::Conflict;

use super::{
    contents::{Contents, not_empty, unknown_contents},
    note_bucket, resource,
};
use crate::{Change, Op, OperationError};

/// Removes an empty bucket from the platform; the bucket itself stays at its store. Users and
/// organisations that are assigned to it use the platform's own bucket again.
///
/// # Errors
/// `INVALID_ACTION` with `objects` while the bucket holds any, and when that cannot be determined.
pub async fn delete_bucket(op: &Op<'_>, bucket: &Bucket) -> Result<Change<()>, OperationError> {
    match Contents::of(op, bucket).await? {
        Contents::Empty => {}
        Contents::Objects { number, more } => return Err(not_empty(number, more).into()),
        Contents::Unknown => return Err(unknown_contents(bucket).into()),
    }
    let mut entry = op.entry("bucket.deleted", resource(bucket));
    note_bucket(&mut entry.changes, Some(bucket), None);
    let mut tx = op.transaction();
    tx.delete_bucket(bucket)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, ()).decided_again_on(&[Conflict::Bucket]))
}
