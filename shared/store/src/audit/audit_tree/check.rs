//! Comparing the whole log with the tree, for operators: which entries were changed, removed or
//! added since they became leaves.

use std::cmp::Ordering;

use provost_domain::Timestamp;
use provost_merkle::{Hash, TILE};

use super::{Edge, Leaf, SETTLED, leaf};
use crate::{Store, StoreError, item::Item};

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The entry was changed after it became a leaf.
    Changed {
        /// The number of the leaf.
        index: u64,
        /// Time and id of the entry.
        position: String,
    },
    /// The entry of a leaf is gone.
    Missing {
        /// The number of the leaf.
        index: u64,
        /// Time and id of the entry.
        position: String,
    },
    /// An entry that is older than the newest leaf is not in the tree.
    NotALeaf {
        /// Time and id of the entry.
        position: String,
    },
}

/// The result of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The number of leaves.
    pub leaves: u64,
    /// The root of their hashes; `None` if leaves are missing.
    pub root: Option<Hash>,
    /// The roots at the sizes that were asked for.
    pub roots: Vec<(u64, Hash)>,
    /// The number of entries that are not leaves yet because they are too new.
    pub waiting: u64,
    /// What is wrong, at most as much as was asked for.
    pub faults: Vec<Fault>,
}

impl Store {
    /// Compares every entry with its leaf, and computes the root at the given sizes, in ascending
    /// order. Stops after `most` faults.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn check_audit_tree(
        &self,
        now: Timestamp,
        sizes: &[u64],
        most: usize,
    ) -> Result<Checked, StoreError> {
        let newest = self.newest_leaf().await?;
        let (size, last) = newest.unwrap_or_default();
        let mut leaves = Leaves { store: self, size, next: 0, ready: Vec::new().into_iter() };
        let mut entries = self.oldest_entries(None, now.plus(SETTLED)).await?;
        let (mut checked, mut edge) = (Checked::default(), Edge::default());
        let mut leaf = leaves.next().await?;
        while let Some(items) = entries.next().await? {
            for entry in items {
                let position = position(&entry);
                // Leaves before this entry have none.
                while let Some((index, found)) = &leaf
                    && found.position < position
                {
                    checked
                        .faults
                        .push(Fault::Missing { index: *index, position: found.position.clone() });
                    checked.note(&mut edge, found, sizes);
                    leaf = leaves.next().await?;
                }
                let Some((index, found)) = &leaf else {
                    if position > last {
                        checked.waiting += 1;
                    } else {
                        checked.faults.push(Fault::NotALeaf { position });
                    }
                    continue;
                };
                match found.position.cmp(&position) {
                    Ordering::Equal => {
                        if leaf::hash(&entry, &found.salt) != found.hash {
                            checked.faults.push(Fault::Changed { index: *index, position });
                        }
                        checked.note(&mut edge, found, sizes);
                        leaf = leaves.next().await?;
                    }
                    _ => checked.faults.push(Fault::NotALeaf { position }),
                }
                if checked.faults.len() >= most {
                    return Ok(checked);
                }
            }
        }
        while let Some((index, found)) = &leaf
            && checked.faults.len() < most
        {
            checked.faults.push(Fault::Missing { index: *index, position: found.position.clone() });
            checked.note(&mut edge, found, sizes);
            leaf = leaves.next().await?;
        }
        checked.root = edge.root();
        Ok(checked)
    }
}

impl Checked {
    fn note(&mut self, edge: &mut Edge, leaf: &Leaf, sizes: &[u64]) {
        edge.push(leaf.hash);
        self.leaves = edge.size;
        if sizes.contains(&edge.size)
            && let Some(root) = edge.root()
        {
            self.roots.push((edge.size, root));
        }
    }
}

fn position(entry: &Item) -> String {
    entry.get("sk").and_then(|sk| sk.as_s().ok().cloned()).unwrap_or_default()
}

/// The leaves with their numbers, tile by tile.
struct Leaves<'a> {
    store: &'a Store,
    size: u64,
    next: u64,
    ready: std::vec::IntoIter<Leaf>,
}

impl Leaves<'_> {
    async fn next(&mut self) -> Result<Option<(u64, Leaf)>, StoreError> {
        if self.next >= self.size {
            return Ok(None);
        }
        if self.next.is_multiple_of(TILE) {
            self.ready = self.store.leaves_of_tile(self.next / TILE).await?.into_iter();
        }
        let leaf = self.ready.next().ok_or_else(|| {
            StoreError::unreadable("the tree of the audit log", "leaves are missing")
        })?;
        self.next += 1;
        Ok(Some((self.next - 1, leaf)))
    }
}
