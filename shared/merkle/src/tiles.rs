//! Tiles: the hashes of a log in rows of 256, as in C2SP's tlog-tiles. A tile of level `l` has the
//! roots of subtrees of `256^l` leaves; those of level 0 are the leaves.
//!
//! A proof needs one or two tiles of each level. The hashes between two levels follow from those of
//! the lower one and are not stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    hash::{Hash, node_hash},
    proof,
};

/// The number of hashes in a complete tile.
pub const TILE: u64 = 256;
/// The number of tree levels in a tile.
const HEIGHT: u32 = 8;

/// The position of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// The level, from 0 for leaves.
    pub level: u32,
    /// The number of the tile on its level.
    pub index: u64,
}

/// Loaded tiles. One at the right edge of the log is incomplete.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<Tile, Vec<Hash>>);

/// The root of a number of hashes that is a power of two, such as those of a complete tile.
pub fn complete_root(hashes: &[Hash]) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks_exact(2)
            .filter_map(|pair| Some(node_hash(pair.first()?, pair.get(1)?)))
            .collect();
    }
    row.first().copied()
}

/// The tile that has a subtree's hash, or the hashes that it follows from; and their positions.
fn place(level: u32, index: u64) -> (Tile, u64, u64) {
    let within = level % HEIGHT;
    let (first, count) = (index << within, 1 << within);
    (Tile { level: level / HEIGHT, index: first / TILE }, first % TILE, count)
}

impl Tiles {
    /// The tiles from which a proof or a root follows. `make` makes it from any source.
    pub fn needed<T>(make: impl FnOnce(&mut proof::Nodes<'_>) -> T) -> BTreeSet<Tile> {
        let mut tiles = BTreeSet::new();
        make(&mut |level, index| {
            tiles.insert(place(level, index).0);
            Hash([0; 32])
        });
        tiles
    }

    /// Adds a tile.
    pub fn insert(&mut self, tile: Tile, hashes: Vec<Hash>) {
        self.0.insert(tile, hashes);
    }

    /// The hashes of a tile; none if it is not loaded.
    pub fn hashes(&self, tile: Tile) -> &[Hash] {
        self.0.get(&tile).map_or(&[], Vec::as_slice)
    }

    /// Makes a proof or a root from the loaded tiles; `None` if one is missing.
    pub fn make<T>(&self, make: impl FnOnce(&mut proof::Nodes<'_>) -> T) -> Option<T> {
        let mut complete = true;
        let made = make(&mut |level, index| {
            self.node(level, index).unwrap_or_else(|| {
                complete = false;
                Hash([0; 32])
            })
        });
        complete.then_some(made)
    }

    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let (tile, first, count) = place(level, index);
        let first = usize::try_from(first).ok()?;
        let last = first + usize::try_from(count).ok()?;
        complete_root(self.0.get(&tile)?.get(first..last)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{consistency, inclusion, leaf_hash, root, verify_consistency, verify_inclusion};

    /// The tiles of a log of this size.
    fn tiles(size: u32) -> Tiles {
        let mut row: Vec<_> = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let (mut tiles, mut level) = (Tiles::default(), 0);
        while !row.is_empty() {
            for (index, hashes) in row.chunks(256).enumerate() {
                tiles.insert(Tile { level, index: index as u64 }, hashes.to_vec());
            }
            row = row.chunks_exact(256).filter_map(complete_root).collect();
            level += 1;
        }
        tiles
    }

    #[test]
    fn proofs_from_tiles_hold_in_trees_of_several_levels() {
        let log = tiles(70_000);
        for size in [1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 69_999] {
            let top = log.make(|nodes| root(size, nodes)).unwrap();
            for index in [0, 1, 255, 256, 40_000, size - 1].into_iter().filter(|i| *i < size) {
                let proof = log.make(|nodes| inclusion(index, size, nodes)).unwrap();
                let leaf = leaf_hash(&u32::try_from(index).unwrap().to_be_bytes());
                assert_eq!(verify_inclusion(leaf, index, size, top, &proof), Ok(()));
            }
            for earlier in [1, 2, 256, 300, 65_536].into_iter().filter(|e| *e <= size) {
                let before = log.make(|nodes| root(earlier, nodes)).unwrap();
                let proof = log.make(|nodes| consistency(earlier, size, nodes)).unwrap();
                assert_eq!(verify_consistency((earlier, before), (size, top), &proof), Ok(()));
            }
        }
    }

    #[test]
    fn a_proof_needs_two_tiles_of_a_level_at_most() {
        let log = tiles(70_000);
        let needed = Tiles::needed(|nodes| inclusion(40_000, 69_999, nodes));
        assert!(needed.len() <= 6, "{needed:?}");
        let mut few = Tiles::default();
        for tile in &needed {
            few.insert(*tile, log.hashes(*tile).to_vec());
        }
        let proof = few.make(|nodes| inclusion(40_000, 69_999, nodes));
        assert_eq!(proof, log.make(|nodes| inclusion(40_000, 69_999, nodes)));
        for tile in &needed {
            let mut fewer = few.clone();
            fewer.0.remove(tile);
            assert_eq!(fewer.make(|nodes| inclusion(40_000, 69_999, nodes)), None);
        }
    }

    #[test]
    fn only_a_power_of_two_has_a_complete_root() {
        let hash = leaf_hash(b"");
        assert_eq!(complete_root(&[]), None);
        assert_eq!(complete_root(&[hash]), Some(hash));
        assert_eq!(complete_root(&[hash; 2]), Some(node_hash(&hash, &hash)));
        assert_eq!(complete_root(&[hash; 3]), None);
    }
}
