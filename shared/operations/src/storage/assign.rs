use provost_domain::{
    ApiError, BucketId, Timestamp, User,
    audit::{Resource, note_change},
    organisation::Organisation,
};
use provost_store::{Conflict, buckets::Assigned};

use crate::{
    Change, Op, OperationError,
    organisation::{By, OrganisationEvent},
};

/// Assigns a bucket to a user, or the platform's own for `None`. It is for the services that store
/// files by a system key; uploads to the platform stay in its own bucket, so the user is not told. Returns no change if the user has this bucket.
///
/// # Errors
/// `VALIDATION_FAILED` on `bucketId` for a bucket that does not exist.
pub async fn assign_to_user(
    op: &Op<'_>,
    before: &User,
    bucket: Option<BucketId>,
) -> Result<Option<Change<User>>, OperationError> {
    if before.storage_bucket == bucket {
        return Ok(None);
    }
    let mut tx = op.transaction();
    count(op, &mut tx, Assigned::User, before.storage_bucket, bucket).await?;
    let after = User { storage_bucket: bucket, ..before.clone() };
    let after = with_earlier(after, before.storage_bucket, op.now);
    tx.save_user(&after)?;
    let mut entry = op.entry("user.storage_assigned", Resource::User(before.subject()));
    note_change(&mut entry.changes, "storageBucketId", &before.storage_bucket, &bucket);
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Bucket])))
}

/// Remembers the bucket that the user had, in which files may remain.
fn with_earlier(mut user: User, earlier: Option<BucketId>, now: Timestamp) -> User {
    user.earlier_buckets.extend(earlier);
    if let Some(present) = user.storage_bucket {
        user.earlier_buckets.remove(&present);
    }
    user.changed(now)
}

/// Assigns a bucket to an organisation, or the platform's own for `None`. Returns no change if it has
/// this bucket.
///
/// # Errors
/// `VALIDATION_FAILED` on `bucketId` for a bucket that does not exist.
pub async fn assign_to_organisation(
    op: &Op<'_>,
    before: &Organisation,
    bucket: Option<BucketId>,
    by: By,
) -> Result<Option<Change<Organisation>>, OperationError> {
    if before.storage_bucket == bucket {
        return Ok(None);
    }
    let mut tx = op.transaction();
    count(op, &mut tx, Assigned::Organisation, before.storage_bucket, bucket).await?;
    let mut after = Organisation { storage_bucket: bucket, ..before.clone() };
    after.earlier_buckets.extend(before.storage_bucket);
    if let Some(present) = bucket {
        after.earlier_buckets.remove(&present);
    }
    tx.save_organisation(&after)?;
    OrganisationEvent::of("organisation.storage_assigned", before.id)
        .change("storageBucketId", before.storage_bucket, bucket)
        .record(op, &mut tx, &[before.id], by)?;
    let after = Organisation { version: before.version + 1, ..after };
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Bucket])))
}

/// Counts one assignment less and one more. A bucket that was removed from the platform is not
/// counted.
async fn count(
    op: &Op<'_>,
    tx: &mut provost_store::Transaction,
    what: Assigned,
    before: Option<BucketId>,
    after: Option<BucketId>,
) -> Result<(), OperationError> {
    if let Some(before) = before
        && op.app.store().bucket(before).await?.is_some()
    {
        tx.count_assigned(before, what, -1)?;
    }
    if let Some(after) = after {
        op.app.store().bucket(after).await?.ok_or_else(|| {
            ApiError::field(
                "bucketId",
                "not_found",
                "There is no bucket with this id. Check the id.",
            )
        })?;
        tx.count_assigned(after, what, 1)?;
    }
    Ok(())
}
