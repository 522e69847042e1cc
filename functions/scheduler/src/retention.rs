//! Once a night: removes expired archives and verification images, and aborts uploads that nobody
//! will finish.

use provost_operations::{export::expire_export, verification::expire_images};
use provost_store::{exports, verifications};

use crate::{BATCH, Run};

pub(crate) async fn run(run: &mut Run<'_>) {
    let (app, now) = (run.app, run.app.now());
    while run.has_time() {
        let jobs = match app.store().exports_due(exports::EXPIRY, now, BATCH).await {
            Ok(jobs) => jobs,
            Err(error) => {
                run.failed("looking for what has expired", &error);
                break;
            }
        };
        let mut removed = 0;
        for job in &jobs {
            match expire_export(&run.op(), *job).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => run.failed("removing an archive", &error),
            }
        }
        run.report.archives += removed;
        if removed == 0 || jobs.len() < usize::try_from(BATCH).unwrap_or(0) {
            break;
        }
    }
    while run.has_time() {
        let due = match app.store().due(verifications::RETENTION, now, BATCH).await {
            Ok(due) => due,
            Err(error) => {
                run.failed("looking for images whose time is up", &error);
                break;
            }
        };
        let mut removed = 0;
        for key in &due {
            match expire_images(&run.op(), key).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => run.failed("removing images", &error),
            }
        }
        run.report.images += removed;
        if removed == 0 || due.len() < usize::try_from(BATCH).unwrap_or(0) {
            break;
        }
    }
    match app.store().abort_orphaned_uploads(now).await {
        Ok(given_up) => run.report.uploads += given_up,
        Err(error) => run.failed("giving up uploads", &error),
    }
}
