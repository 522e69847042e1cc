//! Makes one base of a base and its deltas, and removes objects that are no longer needed.

use provost_domain::Timestamp;
use ulid::Ulid;

use super::{
    GRACE, Generation, MANIFEST, MAX_ATTEMPTS, Manifest, ObjectRef, ProtocolError, put_object,
    read::load,
};
use crate::{object::encode_base, storage::ObjectStore};

/// When a compaction is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compaction {
    /// With this many deltas.
    pub deltas: usize,
    /// With this many changed users in deltas.
    pub rows: u64,
    /// The most bytes that the objects may unpack to.
    pub memory: usize,
}

impl Default for Compaction {
    fn default() -> Self {
        Self { deltas: 200, rows: 20_000, memory: 1 << 30 }
    }
}

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compacted {
    /// It was not due.
    NotDue,
    /// There is a new base.
    NewBase {
        /// The base.
        base: ObjectRef,
        /// How many deltas it contains.
        deltas: usize,
    },
}

impl Compaction {
    /// Whether a compaction is due. Always when objects contain erased users.
    pub fn is_due(&self, manifest: &Manifest) -> bool {
        let rows: u64 = manifest.deltas.iter().map(|delta| delta.rows).sum();
        let erased = manifest.erasure_since.is_some() && !manifest.deltas.is_empty();
        erased || manifest.deltas.len() >= self.deltas || rows >= self.rows
    }
}

/// Replaces a base and its deltas by a new base, if this is due. Deltas that are added meanwhile
/// stay.
///
/// # Errors
/// The storage fails, the index does not exist or is damaged, or others change the manifest all the
/// time. Nothing is wrong then; try again later.
pub async fn compact(
    store: &impl ObjectStore,
    limits: Compaction,
    now: Timestamp,
    new_id: impl FnOnce() -> Ulid,
) -> Result<Compacted, ProtocolError> {
    let Some((manifest, mut tag)) = Manifest::read(store).await? else {
        return Err(ProtocolError::Missing);
    };
    manifest.check_rules()?;
    if !limits.is_due(&manifest) {
        return Ok(Compacted::NotDue);
    }
    let index = load(store, &manifest.base, &manifest.deltas, limits.memory).await?;
    let segment = index.compacted();
    drop(index);
    let rows = segment.rows();
    let base = put_object(store, "base", new_id(), encode_base(&segment), rows).await?;
    let folded = manifest.deltas.len();
    let mut current = manifest.clone();
    for _ in 0..MAX_ATTEMPTS {
        // What was added after the deltas of the new base goes on top of it. Its users were read
        // after these deltas were written, so the order is right.
        if current.base != manifest.base || !current.deltas.starts_with(&manifest.deltas) {
            return Err(ProtocolError::Contention);
        }
        let mut next = current.next(now);
        next.base = base.clone();
        next.built_at = now;
        next.deltas.drain(..folded);
        let retired = Generation {
            base: current.base.clone(),
            deltas: manifest.deltas.clone(),
            retired_at: now,
            continued: true,
        };
        next.previous.insert(0, retired);
        if let Ok(true) = next.write(store, Some(tag)).await {
            return Ok(Compacted::NewBase { base, deltas: folded });
        }
        // A conflict, or an answer that was lost: the manifest tells.
        match Manifest::read(store).await? {
            Some((written, _)) if written.base == base => {
                return Ok(Compacted::NewBase { base, deltas: folded });
            }
            Some((newer, newer_tag)) => (current, tag) = (newer, newer_tag),
            None => return Err(ProtocolError::Missing),
        }
    }
    Err(ProtocolError::Contention)
}

/// Forgets bases that were replaced more than [`GRACE`] ago, and removes objects of that age that
/// the manifest does not name: those of writers that were interrupted included. Returns the keys of
/// the removed objects.
///
/// # Errors
/// The storage fails, or the index does not exist. Try again later.
pub async fn clean(store: &impl ObjectStore, now: Timestamp) -> Result<Vec<String>, ProtocolError> {
    let before = now.plus(-GRACE);
    let mut manifest = None;
    for _ in 0..MAX_ATTEMPTS {
        let Some((current, tag)) = Manifest::read(store).await? else {
            return Err(ProtocolError::Missing);
        };
        let mut next = current.next(now);
        next.previous.retain(|generation| generation.retired_at > before);
        // Once neither a delta nor an earlier base is left from before, no named object has an
        // erased user.
        let since = next.erasure_since;
        if next.deltas.is_empty()
            && next.previous.is_empty()
            && next.built_at >= since.unwrap_or(now)
        {
            next.erasure_since = None;
        }
        let same = next.previous == current.previous && since == next.erasure_since;
        if same || next.write(store, Some(tag)).await? {
            manifest = Some(if same { current } else { next });
            break;
        }
    }
    let manifest = manifest.ok_or(ProtocolError::Contention)?;
    let needed = manifest.keys();
    let mut removed = Vec::new();
    for key in store.list().await? {
        if key != MANIFEST && !needed.contains(key.as_str()) && is_older(&key, before) {
            store.delete(&key).await?;
            removed.push(key);
        }
    }
    Ok(removed)
}

/// Whether an object was made before a time, by the id in its name.
fn is_older(key: &str, time: Timestamp) -> bool {
    let id = key.rsplit('/').next().unwrap_or_default();
    Ulid::from_string(id).is_ok_and(|id| ((id.0 >> 80) as i64) < time.millis())
}
