//! One run of a job: claim it, write everything, and either end it or leave it ready for the next
//! run.

use provost_app::App;
use provost_domain::{
    ExportId, User,
    export::{ExportJob, ExportStatus},
    job::LongJob,
};
use provost_jobs::{Deadline, Outcome, hand_over};
use provost_operations::{
    Op,
    export::{complete_export, fail_export},
};
use provost_store::{Conflict, StoreError};
use tracing::{error, info};

use crate::{
    categories,
    writer::{Stop, Writer, Written},
};

/// The actor in the audit log.
const WORKER: &str = "export-worker";

pub(crate) async fn run(app: &App, id: ExportId, deadline: Deadline) -> Outcome {
    match attempt(app, id, deadline).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(app: &App, id: ExportId, deadline: Deadline) -> Result<Outcome, StoreError> {
    let store = app.store();
    let Some(job) = store.export(id).await? else { return Ok(Outcome::AlreadyDone) };
    if !job.is_active() {
        return ended(app, id, job.status).await;
    }
    if job.needs_later_release() {
        return Ok(Outcome::Retry("only a later release can write this export".to_owned()));
    }
    let first = job.fence == 0;
    let Some(job) = store.claim_job(job, app.now()).await? else {
        return Ok(Outcome::AlreadyDone);
    };
    // Stops an earlier run for good: without its upload it cannot complete.
    if !first {
        store.abort_uploads_of(id).await?;
    }
    if job.job().has_too_many_runs() {
        return fail(app, &job, None, "The export took too long. Request fewer categories.").await;
    }
    let Some(owner) = store.user(job.user_id).await? else {
        return fail(app, &job, None, "The account no longer exists.").await;
    };

    let mut writer = match Writer::begin(app, job.clone(), deadline).await {
        Ok(writer) => writer,
        Err(Stop::Archive(cause)) => {
            error!(export.id = %id, %cause, "export {id} cannot be begun");
            return fail(
                app,
                &job,
                Some(&owner),
                "An age recipient is not valid. Correct it and request a new export.",
            )
            .await;
        }
        Err(stop) => return stopped(app, id, stop).await,
    };
    let written = match write(&mut writer, &owner).await {
        Ok(written) => written,
        Err(stop) => {
            writer.give_up().await;
            return stopped(app, id, stop).await;
        }
    };
    let op = Op::system(app, WORKER, app.request_id());
    let archive = (written.size, written.sha256.as_str());
    let change = complete_export(&op, &job, &owner, archive, &written.progress)?;
    match change.tx.commit().await {
        Ok(()) => {
            info!(export.id = %id, size = written.size, "export {id} is ready");
            Ok(Outcome::Done)
        }
        Err(error) if error.conflict() == Some(Conflict::ExportJob) => {
            stopped(app, id, Stop::Lost).await
        }
        Err(error) => Err(error),
    }
}

async fn write(writer: &mut Writer<'_>, owner: &User) -> Result<Written, Stop> {
    Box::pin(categories::write_all(writer, owner)).await?;
    writer.finish(categories::about(owner)).await
}

/// Cleans up after a run that stopped.
async fn stopped(app: &App, id: ExportId, stop: Stop) -> Result<Outcome, StoreError> {
    match stop {
        Stop::Store(error) => Err(error),
        Stop::OutOfTime => Ok(hand_over::<ExportJob>(app.store(), id, 0).await),
        Stop::Archive(cause) => Ok(Outcome::retry(cause)),
        Stop::Lost => match app.store().export(id).await? {
            Some(job) => ended(app, id, job.status).await,
            None => Ok(Outcome::AlreadyDone),
        },
    }
}

/// The job is not this run's: another run has it, it is complete, or it ended and its archive is
/// removed.
async fn ended(app: &App, id: ExportId, status: ExportStatus) -> Result<Outcome, StoreError> {
    if matches!(status, ExportStatus::Cancelled | ExportStatus::Failed) {
        app.store().remove_archive(id).await?;
    }
    Ok(Outcome::AlreadyDone)
}

async fn fail(
    app: &App,
    job: &ExportJob,
    owner: Option<&User>,
    why: &str,
) -> Result<Outcome, StoreError> {
    let id = job.id;
    error!(export.id = %id, runs = job.fence, "export {id} has failed");
    let op = Op::system(app, WORKER, app.request_id());
    match fail_export(&op, job, owner, why)?.tx.commit().await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.conflict() == Some(Conflict::ExportJob) => Ok(Outcome::AlreadyDone),
        Err(error) => Err(error),
    }
}
