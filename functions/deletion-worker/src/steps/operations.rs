//! Removes the operations of the user: exports with their archives, share links with their visits,
//! earlier deletion requests, scheduled work.

use provost_domain::ExportId;
use provost_store::{Conflict, deletions, exports, item::Key, kinds, reports};

use crate::run::{Run, Stop};

pub(super) async fn remove(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
    run.done_below(next);
    run.save().await
}

/// Removes everything that exists now; each item is counted in the transaction that removes it.
pub(super) async fn clear(run: &mut Run) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let own = deletions::key(run.request.id);
    for key in store.operations_of(run.user).await? {
        // Reports stay, under a pseudonym.
        if key == own || reports::id_of(&key).is_some() {
            continue;
        }
        if let Some(job) = archive(&key) {
            store.remove_archive(job).await?;
        }
        let mut tx = run.app.transaction();
        tx.remove_present(Conflict::Gone, &store.names().operations, &key)?;
        let before = run.request.counts.clone();
        run.count(category(&key), 1);
        match run.commit(tx).await {
            Ok(()) => {}
            // The index still lists a removed item; it was counted when it was removed.
            Err(Stop::Failed(error)) if error.conflict() == Some(Conflict::Gone) => {
                run.request.counts = before
            }
            Err(stop) => return Err(stop),
        }
        run.check_time()?;
    }
    Ok(())
}

fn archive(key: &Key) -> Option<ExportId> {
    key.pk.strip_prefix(exports::PREFIX)?.parse().ok()
}

/// The category of an item in the receipt.
fn category(key: &Key) -> &'static str {
    kinds::operation_of(&key.pk).map_or("other", |kind| kind.name)
}
