//! Proofs: making them from the complete subtrees of a log (RFC 6962, section 2.1), and verifying
//! them without the log (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use crate::hash::{Hash, empty_root, node_hash};

/// The source of the hashes of complete subtrees: `(level, index)` is the subtree of the
/// `2^level` leaves from `index * 2^level` on.
pub type Nodes<'a> = dyn FnMut(u32, u64) -> Hash + 'a;

/// A proof does not show what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index or the sizes do not fit together.
    #[error("the tree has no such entry or no such earlier size")]
    OutOfRange,
    /// The proof has too few or too many hashes.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the hashes do not lead to the root")]
    Mismatch,
}

/// The root of the tree of the first `size` leaves.
pub fn root(size: u64, nodes: &mut Nodes<'_>) -> Hash {
    if size == 0 { empty_root() } else { subtree(0, size, nodes) }
}

/// The proof that the leaf with this index is in the tree of the first `size` leaves; empty if
/// there is no such leaf.
pub fn inclusion(index: u64, size: u64, nodes: &mut Nodes<'_>) -> Vec<Hash> {
    let mut hashes = Vec::new();
    let (mut start, mut end) = (0, size);
    if index >= size {
        return hashes;
    }
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            hashes.push(subtree(middle, end, nodes));
            end = middle;
        } else {
            hashes.push(subtree(start, middle, nodes));
            start = middle;
        }
    }
    hashes.reverse();
    hashes
}

/// The proof that the tree of the first `size` leaves begins with the tree of the first `earlier`
/// ones. Empty if the sizes are equal, or if `earlier` is 0 or larger than `size`.
pub fn consistency(earlier: u64, size: u64, nodes: &mut Nodes<'_>) -> Vec<Hash> {
    let mut hashes = Vec::new();
    if earlier == 0 || earlier >= size {
        return hashes;
    }
    let (mut start, mut end) = (0, size);
    while earlier != end {
        let middle = start + split(end - start);
        if earlier <= middle {
            hashes.push(subtree(middle, end, nodes));
            end = middle;
        } else {
            hashes.push(subtree(start, middle, nodes));
            start = middle;
        }
    }
    // The verifier knows the root of the earlier tree if that is a complete subtree.
    if start > 0 {
        hashes.push(subtree(start, end, nodes));
    }
    hashes.reverse();
    hashes
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The hash of the leaves from `start` to `end`; a subtree of the log, not any range.
fn subtree(start: u64, end: u64, nodes: &mut Nodes<'_>) -> Hash {
    let count = end - start;
    if count.is_power_of_two() {
        return nodes(count.ilog2(), start / count);
    }
    let middle = start + split(count);
    let left = subtree(start, middle, nodes);
    let right = subtree(middle, end, nodes);
    node_hash(&left, &right)
}

/// The root to which an inclusion proof leads.
///
/// # Errors
/// [`ProofError`] when the index or the number of hashes does not fit the size.
pub fn root_of_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    hashes: &[Hash],
) -> Result<Hash, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    let (mut node, mut last, mut current) = (index, size - 1, leaf);
    for hash in hashes {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            current = node_hash(hash, &current);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            current = node_hash(&current, hash);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last == 0 { Ok(current) } else { Err(ProofError::Length) }
}

/// Verifies that a leaf is in the tree of this size and root.
///
/// # Errors
/// [`ProofError`] when the proof does not show it.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    root: Hash,
    hashes: &[Hash],
) -> Result<(), ProofError> {
    let found = root_of_inclusion(leaf, index, size, hashes)?;
    if found == root { Ok(()) } else { Err(ProofError::Mismatch) }
}

/// Verifies that a tree begins with all entries of an earlier one; both are given by size and root.
///
/// # Errors
/// [`ProofError`] when the proof does not show it.
pub fn verify_consistency(
    earlier: (u64, Hash),
    later: (u64, Hash),
    hashes: &[Hash],
) -> Result<(), ProofError> {
    let ((first, first_root), (second, second_root)) = (earlier, later);
    let equal =
        |found, expected| if found == expected { Ok(()) } else { Err(ProofError::Mismatch) };
    if first > second {
        return Err(ProofError::OutOfRange);
    }
    if first == second || first == 0 {
        if !hashes.is_empty() {
            return Err(ProofError::Length);
        }
        let expected = if first == 0 { empty_root() } else { second_root };
        return equal(first_root, expected);
    }
    let (mut node, mut last) = (first - 1, second - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let mut hashes = hashes.iter();
    let start = if first.is_power_of_two() {
        first_root
    } else {
        *hashes.next().ok_or(ProofError::Length)?
    };
    let (mut of_first, mut of_second) = (start, start);
    for hash in hashes {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            of_first = node_hash(hash, &of_first);
            of_second = node_hash(hash, &of_second);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            of_second = node_hash(&of_second, hash);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    equal(of_first, first_root)?;
    equal(of_second, second_root)
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
