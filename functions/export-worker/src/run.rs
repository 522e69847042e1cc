//! One run of a job: claim it, write everything, and either end it or leave it ready for the next
//! run.

use provost_app::App;
use provost_domain::{
    AuditId, ExportId, MessageId, Principal, RequestId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    export::{ExportJob, ExportStatus},
    mail::Template,
    message::{About, Message},
};
use provost_jobs::{Deadline, Outcome};
use provost_store::{Conflict, StoreError};
use tracing::{error, info};

use crate::{
    categories,
    writer::{Stop, Writer, Written},
};

/// A job fails after this many runs of fifteen minutes. Duplicates of a message count as runs too,
/// so there is room for some.
const MAX_RUNS: u64 = 20;

pub(crate) async fn run(app: &App, id: ExportId, deadline: Deadline) -> Outcome {
    match attempt(app, id, deadline).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(app: &App, id: ExportId, deadline: Deadline) -> Result<Outcome, StoreError> {
    let store = app.store();
    let Some(job) = store.export(id).await? else { return Ok(Outcome::AlreadyDone) };
    let first = job.fence == 0;
    let status = job.status;
    let Ok(job) = job.start() else { return ended(app, id, status).await };
    if !store.claim_export(&job, app.now()).await? {
        return Ok(Outcome::AlreadyDone);
    }
    // Stops an earlier run for good: without its upload it cannot complete.
    if !first {
        store.abort_uploads_of(id).await?;
    }
    if job.fence > MAX_RUNS {
        return fail(app, &job, None, "The export took too long. Request fewer categories.").await;
    }
    let Some(owner) = store.principal(job.user_id).await? else {
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
    let mut tx = app.transaction();
    tx.complete_export(&job, written.size, &written.sha256, &written.progress, app.now())?;
    tx.audit(entry(app, &owner, id, "export.completed"))?;
    if job.requested_by == "self" {
        let about = Some(About::Export(id));
        app.send(
            &mut tx,
            Message::Mail {
                id: app.id(MessageId::new),
                user: job.user_id,
                template: Template::ExportReady,
                about,
            },
        )?;
    }
    match tx.commit().await {
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

async fn write(writer: &mut Writer<'_>, owner: &Principal) -> Result<Written, Stop> {
    Box::pin(categories::write_all(writer, owner)).await?;
    writer.finish(categories::about(owner)).await
}

/// Cleans up after a run that stopped.
async fn stopped(app: &App, id: ExportId, stop: Stop) -> Result<Outcome, StoreError> {
    match stop {
        Stop::Store(error) => Err(error),
        Stop::OutOfTime => {
            Ok(Outcome::Retry("this run is out of time; the next one starts over".to_owned()))
        }
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
    owner: Option<&Principal>,
    why: &str,
) -> Result<Outcome, StoreError> {
    let id = job.id;
    error!(export.id = %id, runs = job.fence, "export {id} has failed");
    let mut tx = app.transaction();
    tx.fail_export(job, why, app.now())?;
    if let Some(owner) = owner {
        tx.audit(entry(app, owner, id, "export.failed"))?;
    }
    match tx.commit().await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.conflict() == Some(Conflict::ExportJob) => Ok(Outcome::AlreadyDone),
        Err(error) => Err(error),
    }
}

fn entry(app: &App, owner: &Principal, job: ExportId, action: &'static str) -> Entry {
    Entry {
        id: app.id(AuditId::new),
        at: app.now(),
        actor: Actor::System("export-worker"),
        action,
        resource: Resource::Owned { kind: "export", id: job.to_string(), owner: owner.subject() },
        success: action != "export.failed",
        reason: None,
        changes: Changes::new(),
        origin: Origin {
            ip: None,
            user_agent: None,
            request_id: app.id(RequestId::new),
            route: "export-worker".to_owned(),
        },
    }
}
