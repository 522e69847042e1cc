use provost_domain::{
    ApiError, BucketId, HandoverId, Timestamp, User,
    audit::{Resource, note_change},
    mail::Template,
    message::About,
    organisation::Organisation,
    storage::{Bucket, HANDOVER_LIFE, Handover},
};
use provost_store::{Conflict, Transaction, buckets::Assigned};

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Assigns a bucket to a user, or the platform's own for `None`: new files of the user are kept there.
/// The user gets an email with a link that shows the credentials of the bucket once, if `hand_over`; by
/// default if nobody else has files in the bucket. Returns no change if the user has this bucket.
///
/// # Errors
/// `VALIDATION_FAILED` on `bucketId` for a bucket that does not exist; `INVALID_ACTION` when another
/// user has the credentials, or they cannot be handed over.
pub async fn assign_to_user(
    op: &Op<'_>,
    before: &User,
    bucket: Option<BucketId>,
    hand_over: Option<bool>,
) -> Result<Option<Change<(User, bool)>>, OperationError> {
    let is_new = before.storage_bucket != bucket;
    let found = match bucket {
        Some(bucket) => Some(found(op, bucket).await?),
        None => None,
    };
    let may = found.as_ref().is_some_and(|found| found.may_be_handed_to(before.user_id));
    let hands_over = hand_over.unwrap_or(may && is_new);
    if hands_over && !may {
        return Err(ApiError::invalid_action(
            "The credentials of this bucket cannot be sent: it has none, or others have files in it. Assign it without `sendCredentials`, or choose another bucket.",
            &["assign-without-credentials"],
        )
        .into());
    }
    if !is_new && !hands_over {
        return Ok(None);
    }
    let mut tx = op.transaction();
    let mut entry = op.entry("user.storage_assigned", Resource::User(before.subject()));
    if is_new {
        uncount(op, &mut tx, Assigned::User(before.user_id), before.storage_bucket).await?;
    }
    if let Some(found) = &found {
        found.check_assignable(Some(before.user_id))?;
        let to = Assigned::User(before.user_id);
        tx.count_assigned(found.id, to, i64::from(is_new), hands_over)?;
        if hands_over {
            offer(op, &mut tx, before, found.id)?;
            note_change(&mut entry.changes, "credentialsSent", &false, &true);
        }
    }
    let after = User { storage_bucket: bucket, ..before.clone() };
    let after = with_earlier(after, before.storage_bucket, op.now);
    tx.save_user(&after)?;
    note_change(&mut entry.changes, "storageBucketId", &before.storage_bucket, &bucket);
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, (after, hands_over)).decided_again_on(&[Conflict::Bucket])))
}

/// Offers the credentials of a bucket to a user, by a link in an email.
fn offer(
    op: &Op<'_>,
    tx: &mut Transaction,
    user: &User,
    bucket: BucketId,
) -> Result<(), OperationError> {
    let handover = Handover {
        id: op.app.id(HandoverId::new),
        bucket,
        expires_at: op.now.plus(HANDOVER_LIFE),
        used_at: None,
    };
    tx.offer_credentials(user.user_id, &handover)?;
    op.mail(tx, user.user_id, Template::BucketCredentials, Some(About::Bucket(bucket)))?;
    Ok(())
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
/// `VALIDATION_FAILED` on `bucketId` for a bucket that does not exist; `INVALID_ACTION` when a user has
/// its credentials.
pub async fn assign_to_organisation(
    op: &Op<'_>,
    before: &Organisation,
    bucket: Option<BucketId>,
    by: EventActor,
) -> Result<Option<Change<Organisation>>, OperationError> {
    if before.storage_bucket == bucket {
        return Ok(None);
    }
    let mut tx = op.transaction();
    uncount(op, &mut tx, Assigned::Organisation, before.storage_bucket).await?;
    if let Some(bucket) = bucket {
        found(op, bucket).await?.check_assignable(None)?;
        tx.count_assigned(bucket, Assigned::Organisation, 1, false)?;
    }
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

/// The bucket to assign.
async fn found(op: &Op<'_>, bucket: BucketId) -> Result<Bucket, OperationError> {
    let found = op.app.store().bucket(bucket).await?;
    Ok(found.ok_or_else(|| {
        ApiError::field("bucketId", "not_found", "There is no bucket with this id. Check the id.")
    })?)
}

/// Counts one assignment less, as part of a larger change. A bucket that was removed from the platform is
/// not counted.
///
/// # Errors
/// The store failed.
pub async fn uncount(
    op: &Op<'_>,
    tx: &mut Transaction,
    what: Assigned,
    before: Option<BucketId>,
) -> Result<(), OperationError> {
    let Some(before) = before else { return Ok(()) };
    let found = op.app.store().bucket(before).await?;
    let counted = found.map_or(0, |bucket| match what {
        Assigned::User(_) => bucket.users,
        Assigned::Organisation => bucket.organisations,
    });
    if counted > 0 {
        tx.uncount_assigned(before, what)?;
    }
    Ok(())
}
