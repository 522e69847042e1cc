//! The state of one run of a deletion request, which its steps share, and why a run stops.
//!
//! Every write of the run is conditional on the version of the request that it wrote last. A run
//! that was overtaken by another finds a newer version, and stops.

use provost_app::App;
use provost_domain::{
    AuditId, UserId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    deletion::DeletionRequest,
};
use provost_jobs::Deadline;
use provost_operations::OperationError;
use provost_store::{Conflict, StoreError, Transaction};
use tracing::warn;

/// With less time left, the run hands over to its next message. One page of work takes a fraction
/// of this time.
pub use provost_jobs::ENOUGH;

/// The actor in the audit log.
pub const WORKER: &str = "deletion-worker";

/// Why a run stops before the end.
#[derive(Debug)]
pub enum Stop {
    /// Another run has claimed the request.
    Overtaken,
    /// The function's time is almost up.
    OutOfTime,
    /// Another operation has to end first.
    Wait(&'static str),
    /// The run has to wait for this many seconds.
    Later(i32),
    /// The store returned an error.
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error.conflict() {
            Some(Conflict::Deletion) => Self::Overtaken,
            // A hold, a ban or a cancellation was faster: the next message reads the account again.
            Some(Conflict::Revision) => Self::Wait("the account was changed at the same moment"),
            Some(Conflict::ExportRunning) => {
                Self::Wait("an export of the same person is under way")
            }
            _ => Self::Failed(error),
        }
    }
}

impl From<OperationError> for Stop {
    fn from(error: OperationError) -> Self {
        match error {
            // The request was not in the state that was read: another run has changed it.
            OperationError::Refused(_) | OperationError::Collision => Self::Overtaken,
            OperationError::Store(error) => error.into(),
        }
    }
}

/// A run past the point of no return.
#[derive(Debug)]
pub struct Run {
    /// The application.
    pub app: App,
    /// The request as this run last wrote it.
    pub request: DeletionRequest,
    /// The user to erase.
    pub user: UserId,
    /// Time at which Lambda stops the function.
    pub deadline: Deadline,
}

impl Run {
    /// Stops the run while there is still time to hand over.
    pub fn check_time(&self) -> Result<(), Stop> {
        if self.deadline.allows(ENOUGH) {
            return Ok(());
        }
        warn!(deletion.id = %self.request.id, "the run of deletion {} hands over", self.request.id);
        Err(Stop::OutOfTime)
    }

    /// An audit entry about a change by the erasure to something that is not only the user's.
    pub fn entry(&self, action: &'static str, resource: Resource) -> Entry {
        let app = &self.app;
        let origin = Origin {
            ip: None,
            user_agent: None,
            request_id: app.request_id(),
            route: WORKER.to_owned(),
            api_key: false,
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

    /// Counts removed items of a category.
    pub fn count(&mut self, category: &str, by: u64) {
        if by > 0 {
            *self.request.counts.entry(category.to_owned()).or_default() += by;
        }
    }

    /// Records that all steps below `next` are done.
    pub fn done_below(&mut self, next: u32) {
        self.request.checkpoint.step = next;
        self.request.checkpoint.cursor = None;
    }

    /// Writes the request together with another change. Succeeds only if the run was not overtaken.
    ///
    /// # Errors
    /// [`Stop::Overtaken`], or the error of the other change; the request is then unchanged.
    pub async fn commit(&mut self, mut tx: Transaction) -> Result<(), Stop> {
        let read = self.request.version;
        let changed = self.request.clone().changed();
        tx.save_deletion(&changed, read, self.app.now())?;
        tx.commit().await?;
        self.request = changed;
        Ok(())
    }

    /// Writes the request.
    pub async fn save(&mut self) -> Result<(), Stop> {
        let tx = self.app.transaction();
        self.commit(tx).await
    }
}
