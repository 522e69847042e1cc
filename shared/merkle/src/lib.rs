//! Merkle trees over a log that only grows (RFC 6962), and signed checkpoints of them (C2SP).
//!
//! A checkpoint states the size and the root of the tree. An inclusion proof shows that an entry is
//! in the tree of a checkpoint; a consistency proof shows that a later tree begins with all entries
//! of an earlier one. Nothing here reads or writes anything.

pub mod checkpoint;
mod hash;
mod proof;
mod tiles;

pub use hash::{Hash, InvalidHash, empty_root, leaf_hash, node_hash};
pub use proof::{Nodes, ProofError, consistency, inclusion, root, verify_consistency};
pub use proof::{root_of_inclusion, verify_inclusion};
pub use tiles::{TILE, Tile, Tiles, complete_root};
