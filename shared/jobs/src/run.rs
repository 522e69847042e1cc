//! One run of a long job: piece by piece until the job ends, the run loses it, or the time is up.

use std::{future::Future, time::Duration};

use provost_domain::{Timestamp, job::LongJob};
use provost_store::{
    Store, StoreError,
    jobs::{FencedJob, StoredJob},
};
use tracing::info;

use crate::{Deadline, Outcome};

/// With less time left, a run hands over to the next one. A piece of work takes a few seconds.
pub const ENOUGH: Duration = Duration::from_secs(60);

/// The work of a kind of job.
pub trait Work<J>: Send {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Does a piece of work and takes its progress into the job, or completes the job. The piece may
    /// be repeated by another run if this one is killed before its report.
    fn piece(&mut self, job: &mut J) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// How a run ended.
#[derive(Debug)]
pub enum Run<J> {
    /// The job has ended.
    Ended(J),
    /// Another run has the job.
    Lost,
    /// The next run continues.
    HandedOver(Outcome),
}

/// Works on a job that this run has claimed, and reports after each piece.
///
/// # Errors
/// A piece or a report failed; the next run repeats the piece.
pub async fn work<J: FencedJob>(
    store: &Store,
    mut job: J,
    deadline: Deadline,
    work: &mut impl Work<J>,
) -> Result<Run<J>, StoreError> {
    loop {
        work.piece(&mut job).await?;
        if !store.report_job(&job, work.now()).await? {
            let id = job.job_id();
            info!(job.id = %id, "another run has job {id}");
            return Ok(Run::Lost);
        }
        if !job.job().is_active() {
            return Ok(Run::Ended(job));
        }
        // Checked after a piece and not before it, so that every run makes progress.
        if !deadline.allows(ENOUGH) {
            return Ok(Run::HandedOver(hand_over::<J>(store, job.job_id(), 0).await));
        }
    }
}

/// Hands a job over to the next run, in `seconds`. A job that resumes gets a new message, so that
/// many runs do not count as many attempts of one message. One that starts over is retried with the
/// same message.
pub async fn hand_over<J: StoredJob>(store: &Store, id: J::Id, seconds: i32) -> Outcome {
    if !<J as LongJob>::KIND.resumes() {
        return Outcome::Retry("this run is out of time; the next one starts over".to_owned());
    }
    match store.enqueue(&J::message(id), seconds).await {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::retry(error),
    }
}
