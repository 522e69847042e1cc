//! Removes the person themselves: principal, claims, and the key without which the audit log names nobody. All at once, or not at all.

use provost_store::erasure::FENCED;

use crate::run::{Run, Stop};

pub(super) async fn remove(run: &mut Run, next: u32) -> Result<(), Stop> {
    let mut tx = run.app.transaction();
    if let Some(principal) = run.app.store().principal(run.user).await? {
        tx.remove_principal(&principal, run.request.id)?;
        run.count("account", 1);
    }
    run.done_below(next);
    match run.commit(tx).await {
        // Only the run that holds the request can have changed the principal since the fence.
        Err(Stop::Failed(error)) if error.conflict() == Some(FENCED) => Err(Stop::Overtaken),
        outcome => outcome,
    }
}
