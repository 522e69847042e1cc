//! Adding entries to the tree, and checkpoints of it.
//!
//! A transaction adds a batch of leaves under the number of the first one, which nothing else may
//! have: two runs at once add each entry once, and a run that was killed leaves whole batches.

use std::collections::VecDeque;

use provost_domain::Timestamp;
use provost_merkle::{TILE, Tile};

use super::{
    Batch, CHECKPOINTS, Edge, LeafPlace, MAX_BATCH, SETTLED, Salt, StoredCheckpoint, TileRoot,
    edge::count, key_of, leaf, leaf_key, level, number,
};
use crate::{
    Conflict, Store, StoreError,
    item::{Item, Key, decode, encode},
    transaction::Condition,
    walk::Walk,
};

/// Makes the salt of a leaf.
pub type NewSalt<'a> = &'a (dyn Fn() -> Result<Salt, StoreError> + Sync);
/// Whether there is time for another transaction.
pub type HasTime<'a> = &'a (dyn Fn() -> bool + Sync);

impl Store {
    /// Adds all entries to the tree that are old enough, as long as there is time; returns their
    /// number.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`. What was added until then stays.
    pub async fn grow_audit_tree(
        &self,
        now: Timestamp,
        salt: NewSalt<'_>,
        has_time: HasTime<'_>,
    ) -> Result<u64, StoreError> {
        let newest = self.newest_leaf().await?;
        let after = newest.as_ref().map(|(_, position)| position.as_str());
        let mut entries = self.oldest_entries(after, now.plus(-SETTLED)).await?;
        let Some(first) = entries.next().await? else { return Ok(0) };
        let mut edge = self.edge_of(newest.map_or(0, |(size, _)| size)).await?;
        let (begin, mut waiting) = (edge.size, VecDeque::from(first));
        while has_time() {
            let batch = usize::try_from(edge.room()).unwrap_or(0).min(MAX_BATCH);
            while waiting.len() < batch {
                let Some(more) = entries.next().await? else { break };
                waiting.extend(more);
            }
            let batch: Vec<_> = waiting.drain(..batch.min(waiting.len())).collect();
            if batch.is_empty() || !self.add_leaves(&mut edge, &batch, salt).await? {
                break;
            }
        }
        Ok(edge.size - begin)
    }

    /// Writes a batch of leaves; false when another run has written leaves there.
    async fn add_leaves(
        &self,
        edge: &mut Edge,
        entries: &[Item],
        salt: NewSalt<'_>,
    ) -> Result<bool, StoreError> {
        let (table, mut tx, first) = (&self.names.audit, self.transaction(), edge.size);
        let (mut after, mut leaves) = (edge.clone(), Vec::new());
        for entry in entries {
            let text = |name: &str| {
                entry.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
            };
            let place = LeafPlace { index: after.size, partition: text("pk") };
            let (key, leaf) = (leaf_key(&text("id")), leaf::of(entry, salt()?)?);
            let item = encode("a leaf of the audit log", &key, &place)?;
            tx.put(Conflict::AuditLeaf, table, item, Condition::absent())?;
            for completed in after.push(leaf.hash) {
                let key = Key::new(level(completed.level), number(completed.index));
                let item =
                    encode("a tile of the audit log", &key, &TileRoot { hash: completed.hash })?;
                tx.put(Conflict::AuditLeaf, table, item, Condition::absent())?;
            }
            leaves.push(leaf);
        }
        let key = Key::new(level(0), number(first));
        let item = encode("leaves of the audit log", &key, &Batch::of(first, &leaves))?;
        tx.put(Conflict::AuditLeaf, table, item, Condition::absent())?;
        match tx.commit().await {
            Ok(()) => {
                *edge = after;
                Ok(true)
            }
            Err(error) if error.conflict() == Some(Conflict::AuditLeaf) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The size of the tree and the position of the last entry in it.
    pub(super) async fn newest_leaf(&self) -> Result<Option<(u64, String)>, StoreError> {
        let walk = Walk::of_table(&self.names.audit, level(0)).backward();
        let (mut items, _, _) = self.step::<Item>(&walk, None, Some(1), true).await?;
        let Some(item) = items.pop() else { return Ok(None) };
        let (first, leaves) = Batch::read(item)?;
        let size = first + leaves.len() as u64;
        Ok(leaves.into_iter().next_back().map(|leaf| (size, leaf.position)))
    }

    /// The number of leaves of the tree.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_tree_size(&self) -> Result<u64, StoreError> {
        Ok(self.newest_leaf().await?.map_or(0, |(size, _)| size))
    }

    /// The right edge of the tree as it is now.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_tree_edge(&self) -> Result<Edge, StoreError> {
        self.edge_of(self.newest_leaf().await?.map_or(0, |(size, _)| size)).await
    }

    async fn edge_of(&self, size: u64) -> Result<Edge, StoreError> {
        let mut edge = Edge { size, rows: Vec::new() };
        for level in (0..).take_while(|level| count(size, *level) > 0) {
            let hashes = count(size, level);
            // A tile that is complete is not at the edge.
            let row = if hashes.is_multiple_of(TILE) {
                Vec::new()
            } else {
                let tile = Tile { level, index: hashes / TILE };
                let mut row = self.tile(tile).await?;
                row.truncate(usize::try_from(hashes % TILE).unwrap_or(0));
                row
            };
            edge.rows.push(row);
        }
        Ok(edge)
    }

    /// The newest signed checkpoint.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        let walk = Walk::of_table(&self.names.audit, CHECKPOINTS).backward();
        let (mut items, _, _) = self.step::<Item>(&walk, None, Some(1), true).await?;
        items.pop().map(|item| decode("a checkpoint of the audit log", item)).transpose()
    }

    /// Stores a signed checkpoint; false if there is one of this size.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn add_audit_checkpoint(
        &self,
        checkpoint: &StoredCheckpoint,
    ) -> Result<bool, StoreError> {
        let mut tx = self.transaction();
        let key = Key::new(CHECKPOINTS, number(checkpoint.size));
        let item = encode("a checkpoint of the audit log", &key, checkpoint)?;
        tx.put(Conflict::AuditCheckpoint, &self.names.audit, item, Condition::absent())?;
        match tx.commit().await {
            Ok(()) => Ok(true),
            Err(error) if error.conflict() == Some(Conflict::AuditCheckpoint) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether an entry is in the tree, for tests.
    #[doc(hidden)]
    pub async fn is_audit_leaf(&self, id: provost_domain::AuditId) -> Result<bool, StoreError> {
        Ok(self.get(&self.names.audit, &key_of(id), "reading a leaf").await?.is_some())
    }
}
