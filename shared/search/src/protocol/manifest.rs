//! The manifest: which objects are the index.

use std::collections::{BTreeMap, BTreeSet};

use provost_domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ProtocolError;
use crate::{
    object::FORMAT,
    storage::{Condition, ObjectStore, StoredObject},
    text::TEXT_RULES,
};

/// The key of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// Which objects are the index. Fields that a later release adds are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The number of the format of the objects.
    pub format: u8,
    /// The number of the rules by which texts are stored. Manifests of releases before this field
    /// have those that applied until then.
    #[serde(default = "first_rules")]
    pub text_rules: u8,
    /// Increases with every change of the manifest.
    pub generation: u64,
    /// The base.
    pub base: ObjectRef,
    /// What changed since the base, in order.
    #[serde(default)]
    pub deltas: Vec<ObjectRef>,
    /// The bases and deltas before this base, the newest first, while they are kept.
    #[serde(default)]
    pub previous: Vec<Generation>,
    /// Since when objects contain users that were erased; absent if none does. A compaction and the
    /// end of [`GRACE`](super::GRACE) remove them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub erasure_since: Option<Timestamp>,
    /// When the base was made.
    pub built_at: Timestamp,
    /// When the manifest was last changed.
    pub updated_at: Timestamp,
    /// What a later release added.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// An object, as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// The key: the folder `base` or `delta`, and an id that begins with the time.
    pub key: String,
    /// The length in bytes.
    pub length: u64,
    /// The SHA-256 checksum in hexadecimal digits.
    pub sha256: String,
    /// The number of users in it, removed ones included.
    #[serde(default)]
    pub rows: u64,
}

/// A base that was replaced, and the deltas on it at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// The base.
    pub base: ObjectRef,
    /// The deltas that the next base contains.
    pub deltas: Vec<ObjectRef>,
    /// When it was replaced.
    pub retired_at: Timestamp,
    /// Whether the next base is this one with its deltas. Not after a rebuild, which may correct
    /// differences.
    pub continued: bool,
}

/// The rules of manifests without a number of them.
const fn first_rules() -> u8 {
    2
}

impl Manifest {
    /// The manifest of a first base.
    pub fn new(base: ObjectRef, now: Timestamp) -> Self {
        Self {
            format: FORMAT,
            text_rules: TEXT_RULES,
            generation: 1,
            base,
            deltas: Vec::new(),
            previous: Vec::new(),
            erasure_since: None,
            built_at: now,
            updated_at: now,
            other: BTreeMap::new(),
        }
    }

    /// Reads the manifest and its tag; `None` if there is none.
    ///
    /// # Errors
    /// The storage fails, or this release cannot read the manifest.
    pub async fn read(store: &impl ObjectStore) -> Result<Option<(Self, String)>, ProtocolError> {
        let Some(object) = store.get(MANIFEST).await? else { return Ok(None) };
        Self::parse(&object).map(|manifest| Some((manifest, object.tag)))
    }

    pub(crate) fn parse(object: &StoredObject) -> Result<Self, ProtocolError> {
        let manifest: Self =
            serde_json::from_slice(&object.bytes).map_err(|_| ProtocolError::Manifest)?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(ProtocolError::Manifest) }
    }

    /// Checks that the objects have the texts that this release would write.
    ///
    /// # Errors
    /// `Outdated`.
    pub(crate) fn check_rules(&self) -> Result<(), ProtocolError> {
        if self.text_rules == TEXT_RULES { Ok(()) } else { Err(ProtocolError::Outdated) }
    }

    /// Replaces the manifest that has a tag, or writes the first one. Says whether it was written.
    ///
    /// # Errors
    /// The storage fails; then it is not known whether the manifest was written.
    pub async fn write(
        &self,
        store: &impl ObjectStore,
        tag: Option<String>,
    ) -> Result<bool, ProtocolError> {
        let bytes = serde_json::to_vec(self).map_err(|_| ProtocolError::Manifest)?;
        let condition = tag.map_or(Condition::Absent, Condition::Tag);
        let written = store.put(MANIFEST, bytes, condition).await?;
        Ok(matches!(written, crate::storage::Written::Stored(_)))
    }

    /// The next manifest, with the same objects.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        Self { generation: self.generation + 1, updated_at: now, ..self.clone() }
    }

    /// The next manifest with one more delta.
    #[must_use]
    pub fn with_delta(&self, delta: ObjectRef, erases: bool, now: Timestamp) -> Self {
        let mut next = self.next(now);
        next.deltas.push(delta);
        if erases {
            next.erasure_since.get_or_insert(now);
        }
        next
    }

    /// The keys of all objects that are needed.
    pub fn keys(&self) -> BTreeSet<&str> {
        let previous = self.previous.iter().flat_map(|g| std::iter::once(&g.base).chain(&g.deltas));
        let current = std::iter::once(&self.base).chain(&self.deltas);
        current.chain(previous).map(|object| object.key.as_str()).collect()
    }

    /// The deltas that lead from a base to the current state, in order: of the current base, or of
    /// one that was continued.
    pub(crate) fn deltas_from(&self, base: &str) -> Option<Vec<&ObjectRef>> {
        let mut deltas: Vec<&ObjectRef> = self.deltas.iter().rev().collect();
        if self.base.key == base {
            deltas.reverse();
            return Some(deltas);
        }
        for generation in &self.previous {
            if !generation.continued {
                return None;
            }
            deltas.extend(generation.deltas.iter().rev());
            if generation.base.key == base {
                deltas.reverse();
                return Some(deltas);
            }
        }
        None
    }
}
