//! Roots of the test vectors of Certificate Transparency (RFC 6962), and proofs of all small trees.

use super::*;
use crate::leaf_hash;

/// The leaves of the reference implementation's test vectors, in hexadecimal.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
/// The root of the tree of the first 1 to 8 of them.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn vectors() -> Vec<Hash> {
    LEAVES.iter().map(|leaf| leaf_hash(&hex::decode(leaf).unwrap())).collect()
}

fn expected(size: usize) -> Hash {
    Hash::try_from(hex::decode(ROOTS[size - 1]).unwrap().as_slice()).unwrap()
}

/// The complete subtrees of these leaves, computed the slow way.
fn nodes(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Hash + '_ {
    |level, index| {
        let start = usize::try_from(index << level).unwrap();
        let mut row = leaves[start..start + (1 << level)].to_vec();
        while row.len() > 1 {
            row = row.chunks(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
        }
        row[0]
    }
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    let leaves = vectors();
    for size in 1..=8_usize {
        assert_eq!(root(size as u64, &mut nodes(&leaves)), expected(size), "{size} leaves");
    }
    assert_eq!(
        hex::encode(root(0, &mut nodes(&leaves)).0),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

/// The proofs that RFC 6962 draws for its tree of seven leaves, section 2.1.3.
#[test]
fn proofs_are_those_of_the_rfcs_example() {
    let leaves = vectors();
    let mut source = nodes(&leaves);
    let (a, b, c, d) = (leaves[0], leaves[1], leaves[2], leaves[3]);
    let (e, f, j) = (leaves[4], leaves[5], leaves[6]);
    let (g, h, i) = (node_hash(&a, &b), node_hash(&c, &d), node_hash(&e, &f));
    let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
    assert_eq!(inclusion(0, 7, &mut source), [b, h, l]);
    assert_eq!(inclusion(3, 7, &mut source), [c, g, l]);
    assert_eq!(inclusion(4, 7, &mut source), [f, j, k]);
    assert_eq!(inclusion(6, 7, &mut source), [i, k]);
    assert_eq!(consistency(3, 7, &mut source), [c, d, g, l]);
    assert_eq!(consistency(4, 7, &mut source), [l]);
    assert_eq!(consistency(6, 7, &mut source), [i, j, k]);
}

fn many(count: u32) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

#[test]
fn every_entry_of_every_small_tree_has_a_proof_that_holds_for_it_alone() {
    let leaves = many(40);
    let mut source = nodes(&leaves);
    for size in 1..=40_u64 {
        let top = root(size, &mut source);
        for index in 0..size {
            let proof = inclusion(index, size, &mut source);
            let leaf = leaves[index as usize];
            assert_eq!(verify_inclusion(leaf, index, size, top, &proof), Ok(()));
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(leaf, other, size, top, &proof).is_err());
            }
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place].0[31] ^= 1;
                assert_eq!(
                    verify_inclusion(leaf, index, size, top, &changed),
                    Err(ProofError::Mismatch)
                );
            }
            let longer = [proof.clone(), vec![top]].concat();
            assert_eq!(verify_inclusion(leaf, index, size, top, &longer), Err(ProofError::Length));
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_inclusion(leaf, index, size, top, shorter).is_err());
            }
        }
        assert_eq!(verify_inclusion(leaves[0], size, size, top, &[]), Err(ProofError::OutOfRange));
    }
}

#[test]
fn every_small_tree_is_consistent_with_each_earlier_one_and_with_no_other() {
    let leaves = many(40);
    let mut source = nodes(&leaves);
    for later in 0..=40_u64 {
        let later_root = root(later, &mut source);
        for earlier in 0..=later {
            let earlier_root = root(earlier, &mut source);
            let proof = consistency(earlier, later, &mut source);
            let verify = |root, hashes: &[Hash]| {
                verify_consistency((earlier, root), (later, later_root), hashes)
            };
            assert_eq!(verify(earlier_root, &proof), Ok(()), "{earlier} of {later}");
            let mut other = earlier_root;
            other.0[0] ^= 1;
            assert!(verify(other, &proof).is_err(), "{earlier} of {later}");
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place].0[0] ^= 1;
                assert!(verify(earlier_root, &changed).is_err());
            }
            assert!(verify(earlier_root, &[proof.clone(), vec![later_root]].concat()).is_err());
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify(earlier_root, shorter).is_err());
            }
        }
    }
    let top = root(3, &mut source);
    assert_eq!(verify_consistency((3, top), (2, top), &[]), Err(ProofError::OutOfRange));
}
