//! Removes what the platform did for the person: exports with their archives, share links with
//! their trails, earlier deletion requests, planned work.

use provost_domain::ExportId;
use provost_store::{deletions, exports, item::Key, kinds};

use crate::run::{Run, Stop};

pub(super) async fn remove(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
    run.done_below(next);
    run.save().await
}

/// Removes all that is there now; the count moves in the transaction that removes the item.
pub(super) async fn clear(run: &mut Run) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let own = deletions::key(run.request.id);
    for key in store.operations_of(run.user).await? {
        if key == own {
            continue;
        }
        if let Some(job) = archive(&key) {
            store.remove_archive(job).await?;
        }
        let mut tx = run.app.transaction();
        tx.remove_present(GONE, &store.names().operations, &key)?;
        let before = run.request.counts.clone();
        run.count(category(&key), 1);
        match run.commit(tx).await {
            Ok(()) => {}
            // The index still names an item that is gone; it was counted when it went.
            Err(Stop::Failed(error)) if error.conflict() == Some(GONE) => {
                run.request.counts = before
            }
            Err(stop) => return Err(stop),
        }
        run.check_time()?;
    }
    Ok(())
}

/// The label of an item that was there.
const GONE: &str = "gone";

fn archive(key: &Key) -> Option<ExportId> {
    key.pk.strip_prefix(exports::PREFIX)?.parse().ok()
}

/// What a receipt calls it.
fn category(key: &Key) -> &'static str {
    kinds::operation_of(&key.pk).map_or("other", |kind| kind.name)
}
