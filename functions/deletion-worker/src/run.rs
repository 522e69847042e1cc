//! One run over one deletion request: through the fence, then step by step, writing down after each
//! how far it came.
//!
//! Every write of the run is conditional on the version of the request that it wrote last. A run
//! that was overtaken by another finds the version moved on, and stops.

use std::time::Duration;

use provost_app::App;
use provost_domain::{
    AuditId, DeletionId, RequestId, UserId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    deletion::DeletionRequest,
    message::Message,
};
use provost_jobs::{Deadline, Outcome};
use provost_store::{StoreError, Transaction, deletions, exports, principals};
use tracing::{info, warn};

use crate::{
    fence::{self, Fenced},
    steps::STEPS,
};

/// With less time left than this the run hands over to its next message. One page of work takes a
/// fraction of it.
pub const ENOUGH: Duration = Duration::from_secs(60);

/// Who acts, as the audit log has it.
const WORKER: &str = "deletion-worker";

/// Why a run stops before the end.
#[derive(Debug)]
pub enum Stop {
    /// Another run holds the request.
    Overtaken,
    /// The function's time is almost up.
    OutOfTime,
    /// Something else has to end first.
    Wait(&'static str),
    /// Nothing but time has to pass, this many seconds.
    Later(i32),
    /// The store did not do what was asked.
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error.conflict() {
            Some(deletions::LABEL) => Self::Overtaken,
            // A hold, a ban or a cancellation came first: the next message finds the account as it
            // is then.
            Some(principals::REVISION) => Self::Wait("the account was changed at the same moment"),
            Some(exports::LOCK) => Self::Wait("an export of the same person is under way"),
            _ => Self::Failed(error),
        }
    }
}

/// A run past its fence.
#[derive(Debug)]
pub struct Run {
    /// The application.
    pub app: App,
    /// The request as this run wrote it last.
    pub request: DeletionRequest,
    /// Who is erased.
    pub user: UserId,
    /// When the function is stopped.
    pub deadline: Deadline,
}

/// Erases the person behind a request, or says why not.
pub async fn erase(app: &App, id: DeletionId, deadline: Deadline) -> Outcome {
    match walk(app, id, deadline).await {
        Ok(outcome) => outcome,
        Err(Stop::Overtaken) => {
            info!(deletion.id = %id, "another run holds deletion {id}");
            Outcome::AlreadyDone
        }
        // What is done stays done; the next message goes on from the checkpoint.
        Err(Stop::OutOfTime) => hand_over(app, id, 0).await,
        Err(Stop::Later(seconds)) => {
            info!(deletion.id = %id, seconds, "deletion {id} goes on in {seconds} s, when nothing can arrive any more");
            hand_over(app, id, seconds).await
        }
        Err(Stop::Wait(why)) => Outcome::retry(why),
        Err(Stop::Failed(error)) => Outcome::retry(error),
    }
}

async fn hand_over(app: &App, id: DeletionId, seconds: i32) -> Outcome {
    match app.store().enqueue(&Message::Deletion { request: id }, seconds).await {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::retry(error),
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
        // After the step and not before it: however little time a run gets, it comes further.
        if run.request.receipt.is_none() {
            run.check_time()?;
        }
    }
    Ok(Outcome::Done)
}

impl Run {
    /// Stops the run while there is still time to say so.
    ///
    /// # Errors
    /// [`Stop::OutOfTime`].
    pub fn check_time(&self) -> Result<(), Stop> {
        if self.deadline.allows(ENOUGH) {
            return Ok(());
        }
        warn!(deletion.id = %self.request.id, "the run of deletion {} hands over", self.request.id);
        Err(Stop::OutOfTime)
    }

    /// An audit entry about something that the erasure does beside removing what is the person's
    /// alone.
    pub fn entry(&self, action: &'static str, resource: Resource) -> Entry {
        let app = &self.app;
        let origin = Origin {
            ip: None,
            user_agent: None,
            request_id: app.id(RequestId::new),
            route: WORKER.to_owned(),
        };
        Entry {
            id: app.id(AuditId::new),
            at: app.now(),
            actor: Actor::System(WORKER),
            action,
            resource,
            success: true,
            reason: None,
            changes: Changes::new(),
            origin,
        }
    }

    /// Counts things of a category.
    pub fn count(&mut self, category: &str, by: u64) {
        if by > 0 {
            *self.request.counts.entry(category.to_owned()).or_default() += by;
        }
    }

    /// Notes that all steps below `next` are done.
    pub fn done_below(&mut self, next: u32) {
        self.request.checkpoint.step = next;
        self.request.checkpoint.cursor = None;
    }

    /// Writes the request as it now is together with the rest of a change. Only a run that was not
    /// overtaken succeeds.
    ///
    /// # Errors
    /// [`Stop::Overtaken`], or what the rest of the change ran into; the request is then as it was.
    pub async fn commit(&mut self, mut tx: Transaction) -> Result<(), Stop> {
        let read = self.request.version;
        let changed = self.request.clone().changed();
        tx.save_deletion(&changed, read, self.app.now())?;
        tx.commit().await?;
        self.request = changed;
        Ok(())
    }

    /// Writes the request as it now is.
    ///
    /// # Errors
    /// [`Stop::Overtaken`].
    pub async fn save(&mut self) -> Result<(), Stop> {
        let tx = self.app.transaction();
        self.commit(tx).await
    }
}
