//! The Merkle tree over the audit log: which entries are its leaves, and in which order.
//!
//! A leaf is an entry as it is stored: pseudonyms and encrypted parts, which an erasure never
//! changes. So a proof still holds when the key of a user is destroyed.
//!
//! An entry becomes a leaf an hour after its time: every writer has finished by then, so the order
//! of the leaves is the order of the entries. Everything here is written once and never changed:
//! - `TREE#0` / number of the first leaf: a batch of leaves, within one tile of 256.
//! - `TREE#1` and so on / number: the root of a complete tile of the level below.
//! - `LEAF#id` / `LEAF`: the number of an entry's leaf.
//! - `CHECKPOINTS` / size: a signed checkpoint.

mod check;
mod edge;
mod grow;
mod leaf;
pub(crate) mod oldest_first;
mod read;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_domain::{AuditId, Timestamp, time::HOUR};
use provost_merkle::Hash;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    item::{Item, Key, decode},
};

pub use check::{Checked, Fault};
pub use edge::Edge;
pub use read::EntryProof;

/// The age at which an entry becomes a leaf, in milliseconds. A function runs for 15 minutes at
/// most, and clocks differ by less than the rest.
pub const SETTLED: i64 = HOUR;
/// The maximum number of leaves that one transaction adds. It writes an item for each, one for the
/// batch and one for each level with a complete tile, and may write 100.
pub const MAX_BATCH: usize = 90;

/// The partition of checkpoints.
const CHECKPOINTS: &str = "CHECKPOINTS";
/// The number of digits of a number in a sort key.
const DIGITS: usize = 16;

/// A random value in each leaf. Without it, who knows all of an entry but an address could guess the
/// address from the hash.
pub type Salt = [u8; 16];

/// A signed checkpoint as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredCheckpoint {
    /// The number of leaves.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
    /// The checkpoint with its signature.
    pub note: String,
    /// When it was signed.
    pub at: Timestamp,
}

/// Leaves that one transaction added. Salts and hashes are base64 of all of them in a row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    first: u64,
    positions: Vec<String>,
    salts: String,
    hashes: String,
}

/// A leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leaf {
    /// The sort key of its entry.
    position: String,
    salt: Salt,
    hash: Hash,
}

/// Where the leaf and the entry with an id are.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeafPlace {
    index: u64,
    partition: String,
}

/// The root of a complete tile.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TileRoot {
    hash: Hash,
}

fn number(number: u64) -> String {
    format!("{number:0width$}", width = DIGITS)
}

fn level(level: u32) -> String {
    format!("TREE#{level}")
}

fn leaf_key(id: &str) -> Key {
    Key::new(format!("LEAF#{id}"), "LEAF")
}

fn key_of(id: AuditId) -> Key {
    leaf_key(&id.to_string())
}

impl Batch {
    fn of(first: u64, leaves: &[Leaf]) -> Self {
        let all = |part: fn(&Leaf) -> &[u8]| {
            BASE64.encode(leaves.iter().flat_map(part).copied().collect::<Vec<_>>())
        };
        Self {
            first,
            positions: leaves.iter().map(|leaf| leaf.position.clone()).collect(),
            salts: all(|leaf| &leaf.salt),
            hashes: all(|leaf| &leaf.hash.0),
        }
    }

    fn read(item: Item) -> Result<(u64, Vec<Leaf>), StoreError> {
        let batch: Self = decode("leaves of the audit log", item)?;
        let damaged = || StoreError::unreadable("leaves of the audit log", "their number differs");
        let bytes = |text: &str| {
            BASE64
                .decode(text)
                .map_err(|cause| StoreError::unreadable("leaves of the audit log", cause))
        };
        let (salts, hashes) = (bytes(&batch.salts)?, bytes(&batch.hashes)?);
        let count = batch.positions.len();
        if salts.len() != count * 16 || hashes.len() != count * digest::SHA256_OUTPUT_LEN {
            return Err(damaged());
        }
        let leaves = batch
            .positions
            .into_iter()
            .zip(salts.chunks_exact(16).zip(hashes.chunks_exact(digest::SHA256_OUTPUT_LEN)))
            .map(|(position, (salt, hash))| {
                Some(Leaf {
                    position,
                    salt: salt.try_into().ok()?,
                    hash: Hash::try_from(hash).ok()?,
                })
            });
        Ok((batch.first, leaves.collect::<Option<_>>().ok_or_else(damaged)?))
    }
}
