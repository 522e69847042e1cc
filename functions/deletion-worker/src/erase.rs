//! Carries out a deletion request: past the point of no return, then step by step, with a checkpoint
//! after each.

use provost_app::App;
use provost_domain::{DeletionId, deletion::DeletionRequest};
use provost_jobs::{Deadline, Outcome, hand_over};
use tracing::info;

use crate::{
    fence::{self, Fenced},
    run::{Run, Stop},
    steps::STEPS,
};

/// Erases the user of a request, or logs why not.
pub async fn erase(app: &App, id: DeletionId, deadline: Deadline) -> Outcome {
    match walk(app, id, deadline).await {
        Ok(outcome) => outcome,
        Err(Stop::Overtaken) => {
            info!(deletion.id = %id, "another run holds deletion {id}");
            Outcome::AlreadyDone
        }
        // Completed steps remain; the next message continues from the checkpoint.
        Err(Stop::OutOfTime) => hand_over::<DeletionRequest>(app.store(), id, 0).await,
        Err(Stop::Later(seconds)) => {
            info!(deletion.id = %id, seconds, "deletion {id} goes on in {seconds} s, when nothing can arrive any more");
            hand_over::<DeletionRequest>(app.store(), id, seconds).await
        }
        Err(Stop::Wait(why)) => Outcome::retry(why),
        Err(Stop::Failed(error)) => Outcome::retry(error),
    }
}

async fn walk(app: &App, id: DeletionId, deadline: Deadline) -> Result<Outcome, Stop> {
    let (request, user) = match fence::pass(app, id).await? {
        Fenced::Through(request, user) => (*request, user),
        Fenced::Closed(why) => {
            info!(deletion.id = %id, why, "deletion {id} is not carried out now");
            return Ok(Outcome::AlreadyDone);
        }
    };
    let mut run = Run { app: app.clone(), request, user, deadline };
    for step in STEPS {
        if step.number < run.request.checkpoint.step {
            continue;
        }
        (step.work)(&mut run).await?;
        info!(deletion.id = %id, step = step.name, "deletion {id} is through {}", step.name);
        // Checked after the step and not before it, so that every run makes progress.
        if run.request.receipt.is_none() {
            run.check_time()?;
        }
    }
    Ok(Outcome::Done)
}
