//! Adds changed users to an index.

use std::collections::BTreeSet;

use provost_domain::{Timestamp, UserId};
use ulid::Ulid;

use super::{MAX_ATTEMPTS, Manifest, ObjectRef, ProtocolError, put_object};
use crate::{
    Changes, Tombstone,
    object::encode_delta,
    storage::{ObjectStore, UserSource},
};

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The delta that was added.
    pub delta: ObjectRef,
    /// How often the commit started over.
    pub retries: usize,
    /// The number of deltas on the base now; at [`Compaction`](super::Compaction)'s limits,
    /// compact.
    pub deltas: usize,
}

/// Adds the current state of users to the index. A user that does not exist any more is removed and
/// counts as erased.
///
/// `new_id` makes an id that begins with the current time.
///
/// # Errors
/// The storage or the source fails, the index does not exist, or others write all the time. The
/// caller tries again later, with the same users; nothing was lost and nothing is wrong.
pub async fn commit(
    store: &impl ObjectStore,
    source: &impl UserSource,
    users: &[UserId],
    now: Timestamp,
    mut new_id: impl FnMut() -> Ulid,
) -> Result<Committed, ProtocolError> {
    for retries in 0..MAX_ATTEMPTS {
        // The manifest comes first: what is read of the users after it is at least as new.
        let Some((manifest, tag)) = Manifest::read(store).await? else {
            return Err(ProtocolError::Missing);
        };
        manifest.check_rules()?;
        let changes = read_changes(source, users).await?;
        let erases = changes.removed.iter().any(|tombstone| tombstone.erased);
        let delta = put_delta(store, &changes, new_id()).await?;
        let next = manifest.with_delta(delta.clone(), erases, now);
        let written = next.write(store, Some(tag)).await;
        let committed = |deltas| Ok(Committed { delta: delta.clone(), retries, deltas });
        if matches!(written, Ok(true)) {
            return committed(next.deltas.len());
        }
        // An answer may have been lost: then the manifest has the delta.
        if let Some((current, _)) = Manifest::read(store).await? {
            if current.deltas.iter().any(|other| other.key == delta.key) {
                return committed(current.deltas.len());
            }
            // After a conflict the delta was not written and never will be. After an error the
            // write may still arrive, so the delta must stay; it is cleaned up later.
            if matches!(written, Ok(false)) && !current.keys().contains(delta.key.as_str()) {
                store.delete(&delta.key).await?;
            }
        }
        // Start over: the users of the delta may be older than the manifest by now.
    }
    Err(ProtocolError::Contention)
}

/// The current state of users; those that do not exist count as erased. A step of [`commit`].
///
/// # Errors
/// The source fails.
pub async fn read_changes(
    source: &impl UserSource,
    users: &[UserId],
) -> Result<Changes, ProtocolError> {
    let records = source.read(users).await?;
    let present: BTreeSet<UserId> = records.iter().map(|record| record.id).collect();
    let removed: BTreeSet<UserId> =
        users.iter().copied().filter(|id| !present.contains(id)).collect();
    let tombstone = |id| Tombstone { id, version: u64::MAX, erased: true };
    Ok(Changes::new(&records, removed.into_iter().map(tombstone).collect()))
}

/// Writes a delta as an object, which no manifest names yet. A step of [`commit`].
///
/// # Errors
/// The storage fails.
pub async fn put_delta(
    store: &impl ObjectStore,
    changes: &Changes,
    id: Ulid,
) -> Result<ObjectRef, ProtocolError> {
    put_object(store, "delta", id, encode_delta(changes), changes.len()).await
}
