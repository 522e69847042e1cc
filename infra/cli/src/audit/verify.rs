//! `provost audit verify`: verifies downloaded proofs and checkpoints of the audit log, without a
//! connection.
//!
//! Each proof must lead to the root of its checkpoint, each checkpoint must be signed by one of the
//! given keys, and the largest checkpoint must continue every other one.

use std::{collections::BTreeMap, path::PathBuf};

use provost_merkle::{
    Hash,
    checkpoint::{Checkpoint, LogKey},
    leaf_hash, verify_consistency, verify_inclusion,
};
use serde::Deserialize;

use crate::{Failed, operator};

/// The answer of one of the routes. Fields that are not needed are ignored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Proof(Proof),
    State(State),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    id: String,
    leaf_index: u64,
    leaf: Option<String>,
    leaf_hash: Hash,
    hashes: Vec<Hash>,
    checkpoint: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    checkpoint: String,
    consistency: Option<Consistency>,
}

#[derive(Deserialize)]
struct Consistency {
    from: u64,
    hashes: Vec<Hash>,
}

/// The entry in the data of a leaf, as far as it is compared.
#[derive(Deserialize)]
struct Leaf {
    entry: Entry,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
}

/// Verifies files.
///
/// # Errors
/// A sentence that says what is wrong with which file.
pub fn run(files: &[PathBuf], keys: &[LogKey]) -> Result<(), Failed> {
    let texts = files
        .iter()
        .map(|file| {
            let name = file.display().to_string();
            match std::fs::read_to_string(file) {
                Ok(text) => Ok((name, text)),
                Err(cause) => Err(Failed::because(&format!("{name} cannot be read"), &cause)),
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    operator::notify(&verified(&texts, keys)?)
}

/// Verifies the texts of files, by name, and says what was verified.
///
/// # Errors
/// A sentence that says what is wrong with which file.
pub fn verified(files: &[(String, String)], keys: &[LogKey]) -> Result<String, Failed> {
    let (mut said, mut steps) = (Vec::new(), Vec::new());
    let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
    for (name, text) in files {
        let wrong = |why: String| Failed::new(format!("{name}: {why}"));
        let answer: Answer = serde_json::from_str(text).map_err(|_| {
            wrong("this is neither a proof nor a checkpoint of the audit log".to_owned())
        })?;
        let note = match &answer {
            Answer::Proof(proof) => &proof.checkpoint,
            Answer::State(state) => &state.checkpoint,
        };
        let checkpoint =
            Checkpoint::verified(note, keys).map_err(|error| wrong(error.to_string()))?;
        let known = *roots.entry(checkpoint.size).or_insert(checkpoint.root);
        if known != checkpoint.root {
            return Err(wrong(format!(
                "another file has a different root for the same size, {}: the log was forked",
                checkpoint.size
            )));
        }
        match answer {
            Answer::Proof(proof) => {
                check_proof(&proof, &checkpoint).map_err(wrong)?;
                let content = if proof.leaf.is_some() { "" } else { "; its content is withheld" };
                said.push(format!(
                    "{name}: entry {} is number {} of {}{content}",
                    proof.id, proof.leaf_index, checkpoint.size
                ));
            }
            Answer::State(State { consistency, .. }) => {
                said.push(format!("{name}: checkpoint of {} entries", checkpoint.size));
                steps.extend(consistency.map(|step| (name.clone(), step, checkpoint)));
            }
        }
    }
    let mut continued = Vec::new();
    for (name, step, later) in steps {
        let Some(earlier) = roots.get(&step.from) else { continue };
        verify_consistency((step.from, *earlier), (later.size, later.root), &step.hashes)
            .map_err(|error| {
                Failed::new(format!(
                    "{name}: this log does not begin with the {} entries of the earlier checkpoint: {error}",
                    step.from
                ))
            })?;
        said.push(format!("{name}: begins with the {} entries of before", step.from));
        continued.push((step.from, later.size));
    }
    require_chain(&roots, &continued)?;
    Ok(said.join("\n"))
}

fn check_proof(proof: &Proof, checkpoint: &Checkpoint) -> Result<(), String> {
    if let Some(leaf) = &proof.leaf {
        if leaf_hash(leaf.as_bytes()) != proof.leaf_hash {
            return Err("the entry was changed: it does not have the hash of its leaf".to_owned());
        }
        let is_entry = serde_json::from_str::<Leaf>(leaf).is_ok_and(|l| l.entry.id == proof.id);
        if !is_entry {
            return Err(format!("the leaf is not the entry {}", proof.id));
        }
    }
    let (size, root) = (checkpoint.size, checkpoint.root);
    verify_inclusion(proof.leaf_hash, proof.leaf_index, size, root, &proof.hashes)
        .map_err(|error| format!("the entry is not in the log of this checkpoint: {error}"))
}

/// Requires that every checkpoint but the largest one is continued by a larger one.
fn require_chain(roots: &BTreeMap<u64, Hash>, continued: &[(u64, u64)]) -> Result<(), Failed> {
    let Some(largest) = roots.keys().next_back() else { return Ok(()) };
    for size in roots.keys().filter(|size| *size != largest) {
        if !continued.iter().any(|(from, to)| from == size && to > size) {
            return Err(Failed::new(format!(
                "nothing shows that the log of {largest} entries begins with the one of {size}. Download `/api/admin/audit/checkpoint?from={size}`, and verify it together with these files"
            )));
        }
    }
    Ok(())
}
