//! Proofs from the tree. A proof reads one or two tiles of each level, each by one query of at most
//! 256 items, however long the log is.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use provost_domain::AuditId;
use provost_merkle::{Hash, TILE, Tile, Tiles, consistency, inclusion};
use tracing::error;

use super::{Batch, Leaf, LeafPlace, StoredCheckpoint, TileRoot, key_of, leaf, level, number};
use crate::{
    Store, StoreError,
    audit::StoredEntry,
    item::{Item, Key, decode},
    walk::Walk,
};

/// The proof that an entry is in the tree of the newest checkpoint.
#[derive(Debug, Clone)]
pub struct EntryProof {
    /// The number of the leaf, from 0.
    pub index: u64,
    /// The hash of the leaf.
    pub hash: Hash,
    /// The data of the leaf; `None` if the entry is gone.
    pub leaf: Option<String>,
    /// The stored entry, which is in the leaf.
    pub entry: Option<StoredEntry>,
    /// The hashes of the proof, from the leaf to the root.
    pub hashes: Vec<Hash>,
    /// The checkpoint.
    pub checkpoint: StoredCheckpoint,
}

fn incomplete() -> StoreError {
    StoreError::unreadable("the tree of the audit log", "a tile is incomplete")
}

impl Store {
    /// The proof of an entry; `None` if the entry is not in the tree of a checkpoint yet, or does
    /// not exist.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_proof(&self, id: AuditId) -> Result<Option<EntryProof>, StoreError> {
        let table = &self.names.audit;
        let Some(item) = self.get(table, &key_of(id), "reading a leaf").await? else {
            return Ok(None);
        };
        let LeafPlace { index, partition } = decode("a leaf of the audit log", item)?;
        let Some(checkpoint) = self.audit_checkpoint().await?.filter(|c| index < c.size) else {
            return Ok(None);
        };
        let own = Tile { level: 0, index: index / TILE };
        let mut needed = Tiles::needed(|nodes| inclusion(index, checkpoint.size, nodes));
        needed.remove(&own);
        let (leaves, mut tiles) =
            futures_util::future::try_join(self.leaves_of_tile(own.index), self.tiles(needed))
                .await?;
        tiles.insert(own, leaves.iter().map(|leaf| leaf.hash).collect());
        let hashes = tiles.make(|nodes| inclusion(index, checkpoint.size, nodes));
        let hashes = hashes.ok_or_else(incomplete)?;
        let within = usize::try_from(index % TILE).unwrap_or(0);
        let Leaf { position, salt, hash } =
            leaves.into_iter().nth(within).ok_or_else(incomplete)?;
        let found = self.get(table, &Key::new(partition, position), "reading an entry").await?;
        if found.as_ref().is_none_or(|entry| leaf::hash(entry, &salt) != hash) {
            error!(index, "an audit entry differs from its leaf");
        }
        let leaf = found.as_ref().map(|entry| leaf::text(entry, &salt));
        let entry = found.map(|entry| decode("an audit entry", entry)).transpose()?;
        Ok(Some(EntryProof { index, hash, leaf, entry, hashes, checkpoint }))
    }

    /// The proof that the tree of one size begins with the tree of another. The sizes are those of
    /// checkpoints, `earlier` not more than `size`.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` if there are not as many leaves.
    pub async fn audit_consistency(
        &self,
        earlier: u64,
        size: u64,
    ) -> Result<Vec<Hash>, StoreError> {
        let needed = Tiles::needed(|nodes| consistency(earlier, size, nodes));
        let tiles = self.tiles(needed).await?;
        tiles.make(|nodes| consistency(earlier, size, nodes)).ok_or_else(incomplete)
    }

    async fn tiles(&self, needed: BTreeSet<Tile>) -> Result<Tiles, StoreError> {
        let loaded = needed.into_iter().map(async |tile| Ok((tile, self.tile(tile).await?)));
        let mut tiles = Tiles::default();
        for (tile, hashes) in try_join_all(loaded).await? {
            tiles.insert(tile, hashes);
        }
        Ok(tiles)
    }

    /// The hashes of a tile.
    pub(super) async fn tile(&self, tile: Tile) -> Result<Vec<Hash>, StoreError> {
        if tile.level == 0 {
            let leaves = self.leaves_of_tile(tile.index).await?;
            return Ok(leaves.into_iter().map(|leaf| leaf.hash).collect());
        }
        let roots = self.items_of_tile(tile).await?.into_iter();
        roots
            .map(|item| decode::<TileRoot>("a tile of the audit log", item).map(|root| root.hash))
            .collect()
    }

    /// The leaves of a tile. No batch reaches over the end of a tile.
    pub(super) async fn leaves_of_tile(&self, index: u64) -> Result<Vec<Leaf>, StoreError> {
        let mut leaves = Vec::new();
        for item in self.items_of_tile(Tile { level: 0, index }).await? {
            leaves.extend(Batch::read(item)?.1);
        }
        Ok(leaves)
    }

    async fn items_of_tile(&self, tile: Tile) -> Result<Vec<Item>, StoreError> {
        let first = tile.index * TILE;
        let walk = Walk::of_table(&self.names.audit, level(tile.level)).between(
            "sk",
            number(first),
            number(first + TILE - 1),
        );
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            all.extend(items);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }
}
