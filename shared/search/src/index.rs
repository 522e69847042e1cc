//! The index in memory: a base of all users, and layers of users that changed since.

mod changes;

use std::{collections::HashMap, sync::Arc};

use provost_domain::UserId;

use crate::{UserRecord, column::Bits, segment::Segment};
pub use changes::{Changes, Tombstone};

/// A layer that is this many times larger than the one after it stays as it is; otherwise the two
/// become one. So there are few layers, and a user is moved few times.
const GROWTH: usize = 4;

/// The state of all users, which a query sees. Cheap to clone; a clone does not change any more.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// The base first, then ever smaller layers. A user is live in at most one of them.
    pub(crate) layers: Vec<Layer>,
    /// The users that were removed since the base, with the version at which they were.
    removed: Arc<HashMap<UserId, u64>>,
    /// Users whose values are to be overwritten in memory.
    erasing: Vec<UserId>,
}

/// A segment and which of its rows are current.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub segment: Arc<Segment>,
    pub live: Arc<Bits>,
}

impl Layer {
    fn new(segment: Segment) -> Self {
        let live = Bits::all(segment.rows());
        Self { segment: Arc::new(segment), live: Arc::new(live) }
    }
}

impl Index {
    /// An index without users.
    pub fn empty() -> Self {
        Self::default()
    }

    /// An index of records.
    pub fn from_records(records: &[UserRecord]) -> Self {
        Self::from_segment(Segment::from_records(records))
    }

    pub(crate) fn from_segment(segment: Segment) -> Self {
        Self { layers: vec![Layer::new(segment)], ..Self::default() }
    }

    /// The number of users, deleted ones included.
    pub fn len(&self) -> usize {
        self.layers.iter().map(|layer| layer.live.count()).sum()
    }

    /// Whether there are no users.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of rows above the base, replaced ones included: what a compaction would move.
    pub fn tail_rows(&self) -> usize {
        self.layers.iter().skip(1).map(|layer| layer.segment.rows()).sum()
    }

    /// The version of a user in the index. A caller that has just changed the user compares it with
    /// the version that the change returned, and adds the user by [`with_overlay`] if it is older.
    ///
    /// [`with_overlay`]: Self::with_overlay
    pub fn version(&self, id: UserId) -> Option<u64> {
        self.locate(id).map(|(layer, row)| self.layers[layer].segment.version(row))
    }

    /// The version up to which the index knows a user, whether present or removed.
    pub(crate) fn known_version(&self, id: UserId) -> Option<u64> {
        self.version(id).max(self.removed.get(&id).copied())
    }

    /// The layer and the row in which a user is live.
    fn locate(&self, id: UserId) -> Option<(usize, usize)> {
        self.layers.iter().enumerate().find_map(|(at, layer)| {
            let row = layer.segment.row(id)?;
            layer.live.get(row).then_some((at, row))
        })
    }

    fn remove(&mut self, id: UserId) {
        if let Some((layer, row)) = self.locate(id) {
            Arc::make_mut(&mut self.layers[layer].live).clear(row);
        }
    }

    /// Applies changes. Of a user that the index knows in a later version, the change is ignored.
    pub fn apply(&mut self, changes: &Changes) {
        for tombstone in &changes.removed {
            // Ids are never given again, so a removal is final.
            let removed = Arc::make_mut(&mut self.removed);
            let version = removed.entry(tombstone.id).or_default();
            *version = tombstone.version.max(*version);
            self.remove(tombstone.id);
            if tombstone.erased {
                self.erasing.push(tombstone.id);
            }
        }
        let segment = &changes.segment;
        let mut live = Bits::all(segment.rows());
        for row in 0..segment.rows() {
            let id = segment.id(row);
            if self.known_version(id).is_some_and(|known| known > segment.version(row)) {
                live.clear(row);
            } else {
                self.remove(id);
            }
        }
        if live.count() > 0 {
            let layer = Layer { segment: changes.segment.clone(), live: Arc::new(live) };
            self.layers.push(layer);
            self.merge_small_layers();
        }
        self.overwrite_erased();
    }

    fn merge_small_layers(&mut self) {
        while let [_, .., before, last] = &self.layers[..] {
            if before.segment.rows() >= GROWTH * last.segment.rows() {
                break;
            }
            let parts = [(&*before.segment, &*before.live), (&*last.segment, &*last.live)];
            let merged = Layer::new(Segment::merge(&parts));
            self.layers.truncate(self.layers.len() - 2);
            self.layers.push(merged);
        }
    }

    /// Overwrites the values of erased users where no query is looking at them. Those that are left
    /// follow with the next change, or when this is called again.
    pub fn overwrite_erased(&mut self) {
        let layers = &mut self.layers;
        self.erasing.retain(|id| {
            let mut left = false;
            for layer in layers.iter_mut() {
                let Some(row) = layer.segment.row(*id) else { continue };
                match Arc::get_mut(&mut layer.segment) {
                    Some(segment) => segment.erase(row),
                    None => left = true,
                }
            }
            left
        });
    }

    /// The index as it is with some users in a later state: those in `records`, and without those
    /// in `absent`. For one request whose caller has just changed these users. A record that is not
    /// newer than the index changes nothing.
    #[must_use]
    pub fn with_overlay(&self, records: &[UserRecord], absent: &[UserId]) -> Self {
        let mut index = self.clone();
        let removed = absent
            .iter()
            .map(|id| Tombstone { id: *id, version: u64::MAX, erased: false })
            .collect();
        let newer: Vec<UserRecord> = records
            .iter()
            .filter(|record| self.known_version(record.id).is_none_or(|v| v < record.version))
            .cloned()
            .collect();
        let changes = Changes::new(&newer, removed);
        // Not merged with the layers below, which other requests share.
        let mut overlay = Self { erasing: Vec::new(), ..index.clone() };
        for tombstone in &changes.removed {
            overlay.remove(tombstone.id);
        }
        for row in 0..changes.segment.rows() {
            overlay.remove(changes.segment.id(row));
        }
        index.layers = overlay.layers;
        index.erasing = Vec::new();
        if changes.segment.rows() > 0 {
            let live = Arc::new(Bits::all(changes.segment.rows()));
            index.layers.push(Layer { segment: changes.segment, live });
        }
        index
    }

    /// One segment of all users.
    pub(crate) fn compacted(&self) -> Segment {
        let parts: Vec<(&Segment, &Bits)> =
            self.layers.iter().map(|layer| (&*layer.segment, &*layer.live)).collect();
        Segment::merge(&parts)
    }

    /// Makes the order that most queries ask for, so that the first query need not.
    pub fn prepare(&self) {
        for layer in &self.layers {
            layer.segment.order(crate::Field::CreatedAt);
        }
    }
}
