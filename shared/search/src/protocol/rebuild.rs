//! Makes an index from all users.

use provost_domain::Timestamp;
use ulid::Ulid;

use super::{Generation, MAX_ATTEMPTS, Manifest, ObjectRef, ProtocolError, put_object};
use crate::{
    column::Bits,
    object::encode_base,
    segment::Segment,
    storage::{ObjectStore, UserSource},
    text::TEXT_RULES,
};

/// The users of this many records become a segment at once, which needs less memory than records.
const BATCH: usize = 50_000;

/// What a rebuild did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The new base.
    pub base: ObjectRef,
    /// The number of users.
    pub users: usize,
}

/// Makes a new base of all users. Deltas that are added meanwhile stay, so the index may be written
/// during a rebuild; a compaction during it makes it start over.
///
/// # Errors
/// The storage or the source fails, or the index is compacted during every attempt.
pub async fn rebuild(
    store: &impl ObjectStore,
    source: &impl UserSource,
    now: Timestamp,
    mut new_id: impl FnMut() -> Ulid,
) -> Result<Rebuilt, ProtocolError> {
    for _ in 0..MAX_ATTEMPTS {
        // An index that cannot be read is replaced, whatever it is.
        let (before, tag) = match Manifest::read(store).await {
            Ok(Some((manifest, tag))) => (Some(manifest), Some(tag)),
            Ok(None) => (None, None),
            Err(ProtocolError::Manifest) => {
                (None, store.get(super::MANIFEST).await?.map(|object| object.tag))
            }
            Err(other) => return Err(other),
        };
        let segment = read_all(source).await?;
        let users = segment.rows();
        let base = put_object(store, "base", new_id(), encode_base(&segment), users).await?;
        drop(segment);
        if replace(store, before, tag, &base, now).await? {
            return Ok(Rebuilt { base, users });
        }
    }
    Err(ProtocolError::Contention)
}

async fn read_all(source: &impl UserSource) -> Result<Segment, ProtocolError> {
    let mut parts: Vec<Segment> = Vec::new();
    let mut records = Vec::new();
    let mut position = None;
    loop {
        let page = source.page(position).await?;
        records.extend(page.records);
        if records.len() >= BATCH || page.next.is_none() {
            parts.push(Segment::from_records(&records));
            records.clear();
        }
        position = page.next;
        if position.is_none() {
            break;
        }
    }
    let live: Vec<Bits> = parts.iter().map(|part| Bits::all(part.rows())).collect();
    let parts: Vec<(&Segment, &Bits)> = parts.iter().zip(&live).collect();
    Ok(Segment::merge(&parts))
}

/// Puts a new base into the manifest, below the deltas that were added since `before`. Says whether
/// that was possible.
async fn replace(
    store: &impl ObjectStore,
    before: Option<Manifest>,
    tag: Option<String>,
    base: &ObjectRef,
    now: Timestamp,
) -> Result<bool, ProtocolError> {
    let Some(before) = before else {
        let written = Manifest::new(base.clone(), now).write(store, tag).await;
        let current = Manifest::read(store).await?;
        return Ok(matches!(written, Ok(true))
            || current.is_some_and(|(manifest, _)| manifest.base == *base));
    };
    let (mut current, mut tag) = (before.clone(), tag);
    for _ in 0..MAX_ATTEMPTS {
        if current.base != before.base || !current.deltas.starts_with(&before.deltas) {
            return Ok(false);
        }
        // What a release with other text rules added meanwhile is not readable.
        if before.check_rules().is_err() && current.deltas.len() > before.deltas.len() {
            return Ok(false);
        }
        let mut next = current.next(now);
        next.base = base.clone();
        next.text_rules = TEXT_RULES;
        next.built_at = now;
        next.deltas.drain(..before.deltas.len());
        let retired = Generation {
            base: before.base.clone(),
            deltas: before.deltas.clone(),
            retired_at: now,
            continued: false,
        };
        next.previous.insert(0, retired);
        if matches!(next.write(store, tag.take()).await, Ok(true)) {
            return Ok(true);
        }
        match Manifest::read(store).await? {
            Some((written, _)) if written.base == *base => return Ok(true),
            Some((newer, newer_tag)) => (current, tag) = (newer, Some(newer_tag)),
            None => return Ok(false),
        }
    }
    Ok(false)
}
