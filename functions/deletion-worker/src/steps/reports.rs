//! Removes what identifies the user from the reports that they filed and from those about them. The
//! reports stay, under the pseudonym; those about the user are closed.

use provost_domain::{ReportId, report::Report};
use provost_operations::{
    Change,
    report::{forget_reported, forget_reporter},
};
use provost_store::{Conflict, StoreError, records, reports, walk::Walk};

use super::memberships::op;
use crate::run::{Run, Stop};

/// Maximum number of times that a report is read again after a concurrent decision.
const ATTEMPTS: u32 = 5;

pub(super) async fn forget(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
    run.done_below(next);
    run.save().await
}

/// Forgets the user in every report that exists now; each is counted in the transaction that changes
/// it.
pub(super) async fn clear(run: &mut Run) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let walk = Walk::of_table(&store.names().accounts, records::partition(run.user))
        .beginning("sk", reports::PREFIX);
    let mut after = None;
    loop {
        let (items, next) = store.next_items(&walk, after.take()).await?;
        for item in items {
            let id = reports::linked(item)?;
            change(run, id, |run, report| {
                let own = report.reporter_id == Some(run.user);
                own.then(|| forget_reporter(&op(run), report)).transpose()
            })
            .await?;
        }
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    for key in store.operations_of(run.user).await? {
        let Some(id) = reports::id_of(&key) else { continue };
        change(run, id, |run, report| {
            let own = report.reported_id == Some(run.user);
            own.then(|| forget_reported(&op(run), report)).transpose()
        })
        .await?;
    }
    Ok(())
}

/// Changes a report, unless `decide` finds nothing to change.
async fn change(
    run: &mut Run,
    id: ReportId,
    decide: impl Fn(&Run, &Report) -> Result<Option<Change<Report>>, StoreError>,
) -> Result<(), Stop> {
    for _ in 0..ATTEMPTS {
        let Some(report) = run.app.store().report(id).await? else { return Ok(()) };
        let Some(change) = decide(run, &report)? else { return Ok(()) };
        let before = run.request.counts.clone();
        run.count("reports", 1);
        match run.commit(change.tx).await {
            // Staff decided it at the same time: it is read again.
            Err(Stop::Failed(error))
                if matches!(error.conflict(), Some(Conflict::Report | Conflict::OpenReport)) =>
            {
                run.request.counts = before;
            }
            outcome => {
                outcome?;
                return run.check_time();
            }
        }
    }
    Err(Stop::Wait("a report changes again and again"))
}
