//! Removes the user's uploads: every version of every object under their prefix, and once more when
//! no upload can arrive any more.

use provost_app::assigned_stores::AssignedStore;
use provost_domain::file;
use provost_store::Store;

use crate::run::{Run, Stop};

/// The last pass. An upload URL from before the point of no return accepts uploads after it too, so
/// the receipt waits until the last URL has expired.
pub(super) async fn remove_late_files(run: &mut Run, next: u32) -> Result<(), Stop> {
    let left = run.request.checkpoint.uploads_until.map_or(0, |until| until.since(run.app.now()));
    if left > 0 {
        return Err(Stop::Later(i32::try_from(left / 1000 + 1).unwrap_or(i32::MAX)));
    }
    remove_files(run, next).await
}

pub(super) async fn remove_files(run: &mut Run, next: u32) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let bucket = store.names().files.clone();
    remove_from(run, &store, &bucket, "").await?;
    // The last pass comes after the account and the memberships.
    if let Some(owner) = store.user(run.user).await? {
        let buckets = run.app.buckets_with_files_of(&owner).await?;
        if !buckets.is_subset(&run.request.checkpoint.buckets) {
            run.request.checkpoint.buckets.extend(buckets);
            run.save().await?;
        }
    }
    let buckets = run.request.checkpoint.buckets.clone();
    let assigned = run.app.assigned_stores(&buckets).await?;
    for AssignedStore { id, store, bucket } in assigned {
        // It sorts after every key of the platform's own bucket, and buckets sort by id, so that a
        // run that goes on after another counts nothing twice.
        remove_from(run, &store, &bucket, &format!("~{id}/")).await?;
    }
    run.done_below(next);
    run.save().await
}

/// Removes the user's objects from one bucket. `label` and the key say how far objects were counted.
async fn remove_from(run: &mut Run, store: &Store, bucket: &str, label: &str) -> Result<(), Stop> {
    let prefix = file::prefix(run.user);
    let mut after = None;
    loop {
        let (versions, more) = store.object_versions(bucket, &prefix, after).await?;
        let counted = run.request.checkpoint.cursor.clone().unwrap_or_default();
        let mut fresh: Vec<_> = versions
            .iter()
            .map(|version| format!("{label}{}", version.key))
            .filter(|key| *key > counted)
            .collect();
        fresh.dedup();
        if let Some(last) = fresh.last() {
            let last = last.clone();
            let found = fresh.len() as u64;
            run.count("uploads", found);
            run.request.checkpoint.cursor = Some(last);
            run.save().await?;
        }
        store.remove_versions(bucket, &versions).await?;
        match more {
            Some(marker) => after = Some(marker),
            None => return Ok(()),
        }
        run.check_time()?;
    }
}
