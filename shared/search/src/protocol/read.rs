//! Keeps an index in memory up to date with the stored one.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_domain::{Timestamp, UserId};

use super::{MANIFEST, Manifest, ObjectRef, ProtocolError, get_object};
use crate::{
    Changes, Index,
    object::{decode_base, decode_delta},
    storage::{Fetched, ObjectStore, UserSource},
};

/// How many objects are read at the same time.
const CONCURRENCY: usize = 16;
/// A reader with more changed users than this takes the next base.
const MAX_TAIL: usize = 50_000;

/// An index in memory that follows the stored one.
#[derive(Debug)]
pub struct IndexReader {
    index: Index,
    base: Option<String>,
    applied: HashSet<String>,
    tag: Option<String>,
    generation: u64,
    as_of: Timestamp,
    memory: usize,
}

/// What a refresh did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// The stored index had not changed.
    Unchanged,
    /// Deltas were applied.
    Deltas(usize),
    /// A base was loaded.
    Base,
    /// The newest base is damaged; the one before and its deltas were loaded. The state is current,
    /// but the index must be rebuilt.
    EarlierBase,
}

impl IndexReader {
    /// A reader that has not read anything yet. `memory` is the most bytes that the columns of an
    /// object may unpack to.
    pub fn new(memory: usize) -> Self {
        Self {
            index: Index::empty(),
            base: None,
            applied: HashSet::new(),
            tag: None,
            generation: 0,
            as_of: Timestamp::from_millis(0),
            memory,
        }
    }

    /// The index as of the last refresh.
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// The number of the manifest that the index has.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// When the index was last compared with the stored one.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Applies what changed in the stored index.
    ///
    /// # Errors
    /// The storage fails, the index does not exist or is damaged. The reader keeps what it has.
    pub async fn refresh(
        &mut self,
        store: &impl ObjectStore,
        now: Timestamp,
    ) -> Result<Refreshed, ProtocolError> {
        self.index.overwrite_erased();
        for attempt in 0.. {
            let fetched = match &self.tag {
                Some(tag) => store.get_if_changed(MANIFEST, tag).await?,
                None => store.get(MANIFEST).await?.map_or(Fetched::Missing, Fetched::Changed),
            };
            let object = match fetched {
                Fetched::Changed(object) => object,
                Fetched::Missing => return Err(ProtocolError::Missing),
                Fetched::Unchanged => {
                    self.as_of = now;
                    return Ok(Refreshed::Unchanged);
                }
            };
            let manifest = Manifest::parse(&object)?;
            manifest.check_rules()?;
            match self.follow(store, &manifest).await {
                Ok(refreshed) => {
                    self.tag = Some(object.tag);
                    self.generation = manifest.generation;
                    self.as_of = now;
                    return Ok(refreshed);
                }
                // The manifest may have changed while its objects were read.
                Err(ProtocolError::Damaged { .. }) if attempt < 2 => {}
                Err(other) => return Err(other),
            }
        }
        Err(ProtocolError::Contention)
    }

    async fn follow(
        &mut self,
        store: &impl ObjectStore,
        manifest: &Manifest,
    ) -> Result<Refreshed, ProtocolError> {
        if let Some(base) = &self.base
            && let Some(deltas) = manifest.deltas_from(base)
        {
            let stays = *base == manifest.base.key || self.index.tail_rows() <= MAX_TAIL;
            let new: Vec<ObjectRef> = deltas
                .into_iter()
                .filter(|delta| !self.applied.contains(&delta.key))
                .cloned()
                .collect();
            if stays {
                match read_deltas(store, &new, self.memory).await {
                    Ok(changes) => {
                        for (delta, changes) in new.iter().zip(&changes) {
                            self.index.apply(changes);
                            self.applied.insert(delta.key.clone());
                        }
                        return Ok(Refreshed::Deltas(new.len()));
                    }
                    // An earlier delta may be gone; the newest base does not need it.
                    Err(ProtocolError::Damaged { .. }) if *base != manifest.base.key => {}
                    Err(other) => return Err(other),
                }
            }
        }
        match self.load(store, &manifest.base, manifest.deltas.clone()).await {
            Ok(()) => Ok(Refreshed::Base),
            Err(error @ (ProtocolError::Damaged { .. } | ProtocolError::Decode(_))) => {
                for generation in manifest.previous.iter().filter(|earlier| earlier.continued) {
                    let deltas = manifest.deltas_from(&generation.base.key).unwrap_or_default();
                    let deltas = deltas.into_iter().cloned().collect();
                    if self.load(store, &generation.base, deltas).await.is_ok() {
                        return Ok(Refreshed::EarlierBase);
                    }
                }
                Err(error)
            }
            Err(other) => Err(other),
        }
    }

    async fn load(
        &mut self,
        store: &impl ObjectStore,
        base: &ObjectRef,
        deltas: Vec<ObjectRef>,
    ) -> Result<(), ProtocolError> {
        let index = load(store, base, &deltas, self.memory).await?;
        index.prepare();
        self.index = index;
        self.base = Some(base.key.clone());
        self.applied = deltas.into_iter().map(|delta| delta.key).collect();
        Ok(())
    }

    /// The index with the current state of users that the index knows only in an earlier version
    /// than these: for a caller who has just changed them.
    ///
    /// # Errors
    /// The source fails.
    pub async fn with_changes(
        &self,
        source: &impl UserSource,
        changed: &[(UserId, u64)],
    ) -> Result<Index, ProtocolError> {
        let behind: Vec<UserId> = changed
            .iter()
            .filter(|(id, version)| self.index.known_version(*id).is_none_or(|v| v < *version))
            .map(|(id, _)| *id)
            .collect();
        if behind.is_empty() {
            return Ok(self.index.clone());
        }
        let records = source.read(&behind).await?;
        let present: HashSet<UserId> = records.iter().map(|record| record.id).collect();
        let absent: Vec<UserId> = behind.into_iter().filter(|id| !present.contains(id)).collect();
        Ok(self.index.with_overlay(&records, &absent))
    }
}

/// An index of a base and deltas on it.
pub(super) async fn load(
    store: &impl ObjectStore,
    base: &ObjectRef,
    deltas: &[ObjectRef],
    memory: usize,
) -> Result<Index, ProtocolError> {
    let bytes = get_object(store, base).await?;
    let segment = decode_base(&bytes, memory)?;
    drop(bytes);
    let mut index = Index::from_segment(segment);
    for changes in read_deltas(store, deltas, memory).await? {
        index.apply(&changes);
    }
    Ok(index)
}

async fn read_deltas(
    store: &impl ObjectStore,
    deltas: &[ObjectRef],
    memory: usize,
) -> Result<Vec<Changes>, ProtocolError> {
    let read = |delta: ObjectRef| async move {
        let bytes = get_object(store, &delta).await?;
        Ok::<_, ProtocolError>(decode_delta(&bytes, memory)?)
    };
    stream::iter(deltas.to_vec()).map(read).buffered(CONCURRENCY).try_collect().await
}
