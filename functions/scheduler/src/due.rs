//! Every five minutes: due deletions, runs that stopped responding, unsent messages, suspensions and
//! grants that have ended, uploads to confirm, and content and evidence to delete.

use provost_domain::{
    AuditId, bulk::BulkJob, export::ExportJob, fraud, mail::broadcast::Broadcast,
};
use provost_jobs::outbox::deliver;
use provost_operations::{
    audit::extend_tree,
    deletion::send_due_deletion,
    mail::send_due_broadcast,
    moderation::{delete_objects, end_upload, expire_evidence},
    organisation::erase_left_objects,
    user::{expire_grant, expire_suspension},
};
use provost_store::{
    StoreError, broadcasts, contents, deletions, evidence, grants, item::Key, left_objects,
    refusals, scheduled_work,
};
use tracing::info;

use crate::{BATCH, MARGIN, Run};

/// Processes one kind after the other, the most urgent first. A failure does not stop the others.
pub(crate) async fn run(run: &mut Run<'_>) {
    for kind in [deletions::DUE, deletions::STALLED] {
        each(run, kind, Kind::Deletion).await;
    }
    each(run, "outbox", Kind::Message).await;
    each(run, scheduled_work::SUSPENSION, Kind::Suspension).await;
    each(run, grants::END, Kind::Grant).await;
    each(run, contents::REMOVAL, Kind::Removal).await;
    each(run, left_objects::DUE, Kind::LeftObjects).await;
    each(run, contents::UPLOAD, Kind::Upload).await;
    each(run, evidence::RETENTION, Kind::Evidence).await;
    each(run, refusals::DUE, Kind::Refusals).await;
    each(run, broadcasts::SCHEDULED, Kind::Broadcast).await;
    match run.app.store().resend_silent_jobs::<ExportJob>(run.app.now(), BATCH).await {
        Ok(sent) => run.report.exports += sent,
        Err(error) => run.failed("sending stalled exports again", &error),
    }
    match run.app.store().resend_silent_jobs::<fraud::FullScan>(run.app.now(), BATCH).await {
        Ok(sent) => run.report.full_scans += sent,
        Err(error) => run.failed("sending stalled scans of everybody again", &error),
    }
    match run.app.store().resend_silent_jobs::<Broadcast>(run.app.now(), BATCH).await {
        Ok(sent) => run.report.broadcasts += sent,
        Err(error) => run.failed("sending stalled broadcasts again", &error),
    }
    match run.app.store().resend_silent_jobs::<BulkJob>(run.app.now(), BATCH).await {
        Ok(sent) => run.report.bulk_jobs += sent,
        Err(error) => run.failed("sending stalled bulk jobs again", &error),
    }
    // Last, since it can take all the time that is left; the next run continues.
    let deadline = run.deadline;
    let has_time = move || deadline.allows(MARGIN);
    match extend_tree(&run.op(), &has_time).await {
        Ok(added) => run.report.leaves += usize::try_from(added).unwrap_or(usize::MAX),
        Err(error) => run.failed("adding entries to the tree of the audit log", &error),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Deletion,
    Message,
    Suspension,
    Grant,
    Removal,
    LeftObjects,
    Upload,
    Evidence,
    Refusals,
    Broadcast,
}

/// Processes all due items of a kind, in batches, as long as batches have new items.
async fn each(run: &mut Run<'_>, due: &'static str, kind: Kind) {
    let now = run.app.now();
    while run.has_time() {
        let keys = match run.app.store().due(due, now, BATCH).await {
            Ok(keys) => keys,
            Err(error) => return run.failed("looking for what is due", &error),
        };
        let mut done = 0;
        for key in &keys {
            let outcome = match kind {
                Kind::Deletion => deletion(run, key).await,
                Kind::Message => message(run, key).await,
                Kind::Suspension => suspension(run, key).await,
                Kind::Grant => grant(run, key).await,
                Kind::Removal => removal(run, key).await,
                Kind::LeftObjects => left_objects(run, key).await,
                Kind::Upload => upload(run, key).await,
                Kind::Evidence => expire_evidence(&run.op(), key).await,
                Kind::Broadcast => broadcast(run, key).await,
                Kind::Refusals => {
                    let app = run.app;
                    app.store()
                        .write_counted_refusals(key, app.id(AuditId::new), run.request, app.now())
                        .await
                }
            };
            match outcome {
                Ok(true) => done += 1,
                Ok(false) => {}
                // Another process was faster, or this run has lost its lease: either way there is
                // nothing to do.
                Err(error) if error.conflict().is_some() => {}
                Err(error) => run.failed("one thing that is due", &error),
            }
        }
        match kind {
            Kind::Deletion => run.report.deletions += done,
            Kind::Message => run.report.messages += done,
            Kind::Suspension => run.report.suspensions += done,
            Kind::Grant => run.report.grants += done,
            Kind::Removal | Kind::LeftObjects => run.report.removals += done,
            Kind::Upload => run.report.content_uploads += done,
            Kind::Evidence => run.report.evidence += done,
            Kind::Refusals => run.report.refusals += done,
            Kind::Broadcast => run.report.broadcasts += done,
        }
        if done == 0 || keys.len() < usize::try_from(BATCH).unwrap_or(0) {
            return;
        }
    }
}

async fn deletion(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let (op, store) = (run.op(), run.app.store());
    let Some(request) = store.due_deletion(key, op.now).await? else { return Ok(false) };
    let mut change = send_due_deletion(&op, request)?;
    change.tx.check_lease(&run.lease)?;
    let request = change.commit().await?;
    info!(deletion.id = %request.id, state = request.state.as_str(), "deletion {} is sent", request.id);
    Ok(true)
}

async fn message(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let (app, now) = (run.app, run.app.now());
    let Some(waiting) = app.store().claim_overdue_message(key, now).await? else {
        return Ok(false);
    };
    // In a span of its own: its request is another one than this run.
    deliver(app.store(), &waiting).await?;
    Ok(true)
}

/// A suspension that has ended has no effect any more; this updates the account's status.
async fn suspension(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let (op, store) = (run.op(), run.app.store());
    let Some((user, planned)) = store.planned_end(key, op.now).await? else { return Ok(false) };
    let Some(mut change) = expire_suspension(&op, user, planned).await? else { return Ok(false) };
    change.tx.check_lease(&run.lease)?;
    change.commit().await?;
    Ok(true)
}

/// Ends a grant that is due; granted storage is removed from the quota in the same transaction.
async fn grant(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let (op, store) = (run.op(), run.app.store());
    let Some((user, id)) = store.grant_end(key, op.now).await? else { return Ok(false) };
    let Some(mut change) = expire_grant(&op, key, user, id).await? else { return Ok(false) };
    change.tx.check_lease(&run.lease)?;
    change.commit().await?;
    Ok(true)
}

/// Deletes the objects of removed content.
async fn removal(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let Some(mut change) = delete_objects(&run.op(), key).await? else { return Ok(false) };
    change.tx.check_lease(&run.lease)?;
    change.commit().await?;
    Ok(true)
}

/// Erases what a deleted organisation has left in assigned buckets.
async fn left_objects(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let Some(mut change) = erase_left_objects(&run.op(), key).await? else { return Ok(false) };
    change.tx.check_lease(&run.lease)?;
    change.commit().await?;
    Ok(true)
}

/// Confirms an upload that its owner has not looked at since, or drops a file that never came.
async fn upload(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let Some(mut change) = end_upload(&run.op(), key).await? else { return Ok(false) };
    change.tx.check_lease(&run.lease)?;
    change.commit().await?;
    Ok(true)
}

/// Sends a broadcast whose planned time has come, or gives it up if that is too long ago.
async fn broadcast(run: &Run<'_>, key: &Key) -> Result<bool, StoreError> {
    let (op, store) = (run.op(), run.app.store());
    let Some(broadcast) = store.due_broadcast(key, op.now).await? else { return Ok(false) };
    let mut change = send_due_broadcast(&op, &broadcast).await?;
    change.tx.check_lease(&run.lease)?;
    let broadcast = change.commit().await?;
    info!(job.id = %broadcast.id, status = broadcast.status.as_str(), "broadcast {} is due", broadcast.id);
    Ok(true)
}
