//! Empties the user's partition, except for the user, page by page.

use provost_store::{item::Key, kinds, records};

use super::{memberships, operations, reports, shared_views};
use crate::run::{Run, Stop};

pub(super) async fn clear(run: &mut Run, next: u32) -> Result<(), Stop> {
    empty(run).await?;
    run.done_below(next);
    run.save().await
}

/// Without the user, nothing new can be written for the user. Removes what was written just
/// before, or what an index did not show yet.
pub(super) async fn stragglers(run: &mut Run, next: u32) -> Result<(), Stop> {
    operations::clear(run).await?;
    reports::clear(run).await?;
    memberships::clear(run).await?;
    shared_views::clear(run).await?;
    empty(run).await?;
    run.done_below(next);
    run.save().await
}

async fn empty(run: &mut Run) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let (table, partition, kept) =
        (store.names().accounts.clone(), records::partition(run.user), records::key(run.user));
    let mut after = None;
    loop {
        let (mut keys, more) = store.keys_of(&table, &partition, after).await?;
        keys.retain(|key| *key != kept);
        note(run, &keys).await?;
        store.remove_items(&table, &keys).await?;
        match more {
            Some(key) => after = Some(key),
            None => return Ok(()),
        }
        run.check_time()?;
    }
}

/// Counts a page and records its last key before anything of it is removed: a run after a kill
/// removes the page again, but counts only what follows it.
async fn note(run: &mut Run, keys: &[Key]) -> Result<(), Stop> {
    let counted = run.request.checkpoint.cursor.clone().unwrap_or_default();
    let fresh: Vec<_> = keys.iter().filter(|key| key.sk > counted).collect();
    let Some(last) = fresh.last() else { return Ok(()) };
    for key in &fresh {
        run.count(kinds::kind_of(&key.sk).map_or("other", |kind| kind.name), 1);
    }
    run.request.checkpoint.cursor = Some(last.sk.clone());
    run.save().await
}
