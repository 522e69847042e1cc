//! The right edge of the tree: what the next leaf needs. It is at most 255 hashes for each level of
//! tiles.

use provost_merkle::{Hash, TILE, Tile, Tiles, complete_root, root};

/// The right edge of the tree.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    /// The number of leaves.
    pub size: u64,
    /// The hashes of the incomplete tile of each level.
    pub(super) rows: Vec<Vec<Hash>>,
}

/// A tile became complete: its place among the tiles of its level, and its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Completed {
    /// The level on which its root is a hash.
    pub(super) level: u32,
    pub(super) index: u64,
    pub(super) hash: Hash,
}

/// The number of hashes on a level.
pub(super) fn count(size: u64, level: u32) -> u64 {
    size.checked_shr(8 * level).unwrap_or(0)
}

impl Edge {
    /// The number of leaves until the tile of leaves is complete.
    pub(super) fn room(&self) -> u64 {
        TILE - self.size % TILE
    }

    /// Adds a leaf, and returns the tiles that it completes.
    pub(super) fn push(&mut self, leaf: Hash) -> Vec<Completed> {
        self.size += 1;
        let (mut completed, mut hash, mut level) = (Vec::new(), leaf, 0);
        loop {
            let row = usize::try_from(level).unwrap_or(usize::MAX);
            if self.rows.len() <= row {
                self.rows.push(Vec::new());
            }
            let Some(hashes) = self.rows.get_mut(row) else { return completed };
            hashes.push(hash);
            if (hashes.len() as u64) < TILE {
                return completed;
            }
            let Some(tile_root) = complete_root(hashes) else { return completed };
            hashes.clear();
            level += 1;
            hash = tile_root;
            completed.push(Completed { level, index: count(self.size, level) - 1, hash });
        }
    }

    /// The root of the tree; `None` if hashes are missing.
    pub fn root(&self) -> Option<Hash> {
        let mut tiles = Tiles::default();
        for (level, hashes) in (0_u32..).zip(&self.rows) {
            tiles.insert(Tile { level, index: count(self.size, level) / TILE }, hashes.clone());
        }
        tiles.make(|nodes| root(self.size, nodes))
    }
}

#[cfg(test)]
mod tests {
    use provost_merkle::leaf_hash;

    use super::*;

    fn leaf(number: u64) -> Hash {
        leaf_hash(&number.to_be_bytes())
    }

    #[test]
    fn the_edge_gives_the_root_of_every_size_and_the_completed_tiles() {
        let (mut edge, mut tiles) = (Edge::default(), Tiles::default());
        let mut rows = vec![Vec::new(); 3];
        for number in 0..66_000_u64 {
            rows[0].push(leaf(number));
            for completed in edge.push(leaf(number)) {
                let row = &mut rows[completed.level as usize];
                assert_eq!(completed.index, row.len() as u64);
                row.push(completed.hash);
            }
            if !matches!(number % 256, 0 | 1 | 100 | 254 | 255) || number % 11 > 1 {
                continue;
            }
            for (level, row) in (0_u32..).zip(&rows) {
                for (index, hashes) in (0_u64..).zip(row.chunks(256)) {
                    tiles.insert(Tile { level, index }, hashes.to_vec());
                }
            }
            let size = number + 1;
            assert_eq!(edge.root(), tiles.make(|nodes| root(size, nodes)), "{size}");
        }
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [66_000, 257, 1]);
    }
}
