//! `provost audit check`: compares every entry of the audit log with the tree, and the tree with the
//! newest signed checkpoint.

use provost_app::App;
use provost_merkle::checkpoint::Checkpoint;
use provost_store::audit_tree::Fault;

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
};

/// How many faults are named.
const MAX_FAULTS: usize = 20;

/// Checks the audit log.
///
/// # Errors
/// When the log differs from the tree or the checkpoint, or the store is not available.
pub async fn run(surroundings: &Environment) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = checked(&platform.app).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Checks the audit log, and says what was checked.
///
/// # Errors
/// When the log differs from the tree or the checkpoint, or the store is not available.
pub async fn checked(app: &App) -> Result<String, Failed> {
    let store = app.store();
    let newest = store.audit_checkpoint().await?;
    let signed = newest
        .map(|newest| Checkpoint::verified(&newest.note, &app.verifier().log_keys()))
        .transpose()
        .map_err(|error| Failed::new(format!("the newest checkpoint is not valid: {error}")))?;
    let sizes: Vec<_> = signed.iter().map(|checkpoint| checkpoint.size).collect();
    let found = store.check_audit_tree(app.now(), &sizes, MAX_FAULTS).await?;
    if !found.faults.is_empty() {
        let faults: Vec<_> = found.faults.iter().map(sentence).collect();
        return Err(Failed::new(format!("the audit log was changed:\n{}", faults.join("\n"))));
    }
    let Some(signed) = signed else {
        return Ok(format!(
            "No checkpoint is signed yet. {} entries are as they were written; {} are too new.",
            found.leaves, found.waiting
        ));
    };
    if found.roots != [(signed.size, signed.root)] {
        return Err(Failed::new(format!(
            "the {} entries of the log do not have the root of the signed checkpoint of {}",
            found.leaves, signed.size
        )));
    }
    Ok(format!(
        "The audit log is complete and unchanged: {} entries, {} of them under the newest checkpoint; {} are too new.\n{}",
        found.leaves,
        signed.size,
        found.waiting,
        signed.text().trim_end()
    ))
}

fn sentence(fault: &Fault) -> String {
    match fault {
        Fault::Changed { index, position } => format!("changed: number {index}, {position}"),
        Fault::Missing { index, position } => format!("removed: number {index}, {position}"),
        Fault::NotALeaf { position } => format!("added later: {position}"),
    }
}
