//! Removes the user's uploads: every version of every object under their prefix, and once more when
//! no upload can arrive any more.

use provost_domain::file;

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
    let (store, prefix) = (run.app.store().clone(), file::prefix(run.user));
    let bucket = store.names().files.clone();
    let mut after = None;
    loop {
        let (versions, more) = store.object_versions(&bucket, &prefix, after).await?;
        let counted = run.request.checkpoint.cursor.clone().unwrap_or_default();
        let mut fresh: Vec<_> = versions
            .iter()
            .map(|version| version.key.as_str())
            .filter(|key| *key > counted.as_str())
            .collect();
        fresh.dedup();
        if let Some(last) = fresh.last() {
            let last = (*last).to_owned();
            let found = fresh.len() as u64;
            run.count("uploads", found);
            run.request.checkpoint.cursor = Some(last);
            run.save().await?;
        }
        store.remove_versions(&bucket, &versions).await?;
        match more {
            Some(marker) => after = Some(marker),
            None => break,
        }
        run.check_time()?;
    }
    run.done_below(next);
    run.save().await
}
