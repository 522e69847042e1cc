//! Once a night: removes expired archives and verification images, and aborts uploads that nobody
//! will finish.

use provost_domain::AuditId;
use provost_store::{exports, verifications};

use crate::{BATCH, Sweep};

pub(crate) async fn sweep(sweep: &mut Sweep<'_>) {
    let (app, now) = (sweep.app, sweep.app.now());
    while sweep.has_time() {
        let jobs = match app.store().exports_due(exports::EXPIRY, now, BATCH).await {
            Ok(jobs) => jobs,
            Err(error) => {
                sweep.failed("looking for what has expired", &error);
                break;
            }
        };
        let mut removed = 0;
        for job in &jobs {
            match app.store().expire_export(*job, now, app.id(AuditId::new), sweep.run).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => sweep.failed("removing an archive", &error),
            }
        }
        sweep.swept.archives += removed;
        if removed == 0 || jobs.len() < usize::try_from(BATCH).unwrap_or(0) {
            break;
        }
    }
    while sweep.has_time() {
        let due = match app.store().due(verifications::RETENTION, now, BATCH).await {
            Ok(due) => due,
            Err(error) => {
                sweep.failed("looking for images whose time is up", &error);
                break;
            }
        };
        let mut removed = 0;
        for key in &due {
            match app.store().expire_images(key, now, app.id(AuditId::new), sweep.run).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => sweep.failed("removing images", &error),
            }
        }
        sweep.swept.images += removed;
        if removed == 0 || due.len() < usize::try_from(BATCH).unwrap_or(0) {
            break;
        }
    }
    match app.store().abort_orphaned_uploads(now).await {
        Ok(given_up) => sweep.swept.uploads += given_up,
        Err(error) => sweep.failed("giving up uploads", &error),
    }
}
