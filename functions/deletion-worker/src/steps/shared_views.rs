//! Removes the copies of the views that the user shared. The views themselves are counted with the
//! user's partition.

use crate::run::{Run, Stop};

pub(super) async fn remove(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
    run.done_below(next);
    run.save().await
}

pub(super) async fn clear(run: &mut Run) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let keys = store.shared_views_of(run.user).await?;
    store.remove_items(&store.names().accounts, &keys).await?;
    Ok(())
}
