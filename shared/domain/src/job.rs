//! Long jobs: work that takes longer than a request, or than a run of a worker. Exports, fraud scans,
//! deletions, broadcasts and bulk actions are jobs.
//!
//! Every job has the same life. It is queued; a run claims it under a fencing token, reports
//! progress, and completes it, fails, or hands over to the next run before the time limit of the
//! function. A run whose token is no longer the highest has lost the job and stops. A job without
//! reports for too long is sent to a worker again.
//!
//! A kind of job whose stored format is its own implements [`LongJob`].

use crate::{Timestamp, time::MINUTE};

/// Kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Export of a user's data.
    Export,
    /// Fraud scan of all accounts.
    FraudScan,
    /// Erasure of an account.
    Deletion,
    /// Email to many users.
    Broadcast,
    /// One change of many users.
    Bulk,
}

impl JobKind {
    /// A run that has not reported for this long is considered dead, in milliseconds.
    pub const fn silent_after(self) -> i64 {
        match self {
            Self::Export => 15 * MINUTE,
            // Longer than a function can live.
            Self::FraudScan | Self::Deletion | Self::Broadcast | Self::Bulk => 20 * MINUTE,
        }
    }

    /// Maximum number of runs, after which the job fails; none if it may have any number, because
    /// every run makes progress.
    pub const fn max_runs(self) -> Option<u64> {
        match self {
            // Each run starts over. Duplicates of a message count as runs too, so there is room for
            // some.
            Self::Export => Some(20),
            Self::FraudScan | Self::Deletion | Self::Broadcast | Self::Bulk => None,
        }
    }

    /// Whether a run continues where the earlier one stopped. If not, it starts over.
    pub const fn resumes(self) -> bool {
        match self {
            Self::Export => false,
            Self::FraudScan | Self::Deletion | Self::Broadcast | Self::Bulk => true,
        }
    }
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waiting for a worker.
    Queued,
    /// Claimed by a run.
    Running,
    /// All work is done.
    Completed,
    /// The work could not be done.
    Failed,
    /// Cancelled before it was done.
    Cancelled,
    /// A state of a later release. Only that release continues the job.
    Unknown,
}

/// Progress of a job, in units of its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// Units that are done.
    pub done: u64,
    /// All units, as far as known.
    pub total: u64,
    /// Units that failed. The job continues without them.
    pub failed: u64,
}

/// The life of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Job id.
    pub id: String,
    /// Kind.
    pub kind: JobKind,
    /// State.
    pub state: JobState,
    /// Fencing token of the run that holds the job: the number of runs so far.
    pub fence: u64,
    /// Progress.
    pub progress: JobProgress,
    /// Position to resume from; none at the start, at the end, and for a job that starts over.
    pub cursor: Option<String>,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time of the last claim or report; none before, and for a kind that does not record it.
    pub reported_at: Option<Timestamp>,
    /// Time at which it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it failed, in a sentence.
    pub error: Option<String>,
}

impl Job {
    /// A queued job with `total` units.
    pub fn queued(id: impl ToString, kind: JobKind, total: u64, now: Timestamp) -> Self {
        Self {
            id: id.to_string(),
            kind,
            state: JobState::Queued,
            fence: 0,
            progress: JobProgress { total, ..JobProgress::default() },
            cursor: None,
            created_at: now,
            reported_at: None,
            ended_at: None,
            error: None,
        }
    }

    /// Whether it is queued or running.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Running)
    }

    /// Whether no run has reported for too long.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        let heard = self.reported_at.unwrap_or(self.created_at);
        self.is_active() && now.since(heard) >= self.kind.silent_after()
    }

    /// Whether it has had more runs than its kind allows.
    pub fn has_too_many_runs(&self) -> bool {
        self.kind.max_runs().is_some_and(|most| self.fence > most)
    }

    /// Claims the job for a new run, also from a run that no longer reports. None when it has ended.
    #[must_use]
    pub fn claim(mut self, now: Timestamp) -> Option<Self> {
        if !self.is_active() {
            return None;
        }
        self.state = JobState::Running;
        self.fence += 1;
        self.reported_at = Some(now);
        Some(self)
    }

    /// Reports progress and the position from which the next run resumes.
    #[must_use]
    pub fn report(mut self, progress: JobProgress, cursor: Option<String>, now: Timestamp) -> Self {
        self.progress = progress;
        self.cursor = cursor;
        self.reported_at = Some(now);
        self
    }

    /// Completes the job.
    #[must_use]
    pub fn complete(self, now: Timestamp) -> Self {
        self.end(JobState::Completed, now)
    }

    /// Ends a job that cannot be done; `why` is a sentence.
    #[must_use]
    pub fn fail(mut self, why: impl Into<String>, now: Timestamp) -> Self {
        self.error = Some(why.into());
        self.end(JobState::Failed, now)
    }

    /// Cancels the job. None when it has ended.
    #[must_use]
    pub fn cancel(self, now: Timestamp) -> Option<Self> {
        self.is_active().then(|| self.end(JobState::Cancelled, now))
    }

    fn end(mut self, state: JobState, now: Timestamp) -> Self {
        self.state = state;
        self.cursor = None;
        self.ended_at = Some(now);
        self
    }
}

/// A record with the life of a [`Job`] and a stored format of its own.
pub trait LongJob: Sized {
    /// Kind.
    const KIND: JobKind;

    /// The life of the record.
    fn job(&self) -> Job;

    /// Takes over a transition of its life. What the record has no field for is dropped.
    fn set_job(&mut self, job: Job);

    /// The record claimed by a new run; none when it has ended.
    #[must_use]
    fn claimed(mut self, now: Timestamp) -> Option<Self> {
        let claimed = self.job().claim(now)?;
        self.set_job(claimed);
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [JobKind; 5] =
        [JobKind::Export, JobKind::FraudScan, JobKind::Deletion, JobKind::Broadcast, JobKind::Bulk];

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn every_run_gets_a_higher_token() {
        let job = Job::queued("job", JobKind::FraudScan, 10, at(0));
        let first = job.claim(at(1)).expect("it is queued");
        assert_eq!((first.state, first.fence), (JobState::Running, 1));
        let second = first.claim(at(2)).expect("it is running");
        assert_eq!((second.fence, second.reported_at), (2, Some(at(2))));
    }

    #[test]
    fn an_ended_job_can_neither_be_claimed_nor_cancelled() {
        let job = Job::queued("job", JobKind::Export, 10, at(0)).claim(at(1)).expect("queued");
        for ended in [
            job.clone().complete(at(2)),
            job.clone().fail("The account no longer exists.", at(2)),
            job.cancel(at(2)).expect("it is running"),
        ] {
            assert_eq!(ended.ended_at, Some(at(2)));
            assert!(!ended.is_silent(at(i64::from(i32::MAX))));
            assert_eq!(ended.clone().claim(at(3)), None);
            assert_eq!(ended.cancel(at(3)), None);
        }
    }

    #[test]
    fn a_job_is_silent_from_the_instant_of_its_limit() {
        for kind in KINDS {
            let queued = Job::queued("job", kind, 1, at(0));
            assert!(!queued.is_silent(at(kind.silent_after() - 1)));
            assert!(queued.is_silent(at(kind.silent_after())));
            let progress = JobProgress { done: 1, total: 2, failed: 0 };
            let reported =
                queued.claim(at(1)).expect("queued").report(progress, Some("1".into()), at(10));
            assert!(!reported.is_silent(at(9 + kind.silent_after())));
            assert!(reported.is_silent(at(10 + kind.silent_after())));
        }
    }

    #[test]
    fn only_a_job_that_starts_over_has_a_maximum_of_runs() {
        let runs =
            |kind, fence| Job { fence, ..Job::queued("job", kind, 1, at(0)) }.has_too_many_runs();
        assert!(!runs(JobKind::Export, 20) && runs(JobKind::Export, 21));
        assert!(!runs(JobKind::FraudScan, 1000));
        for kind in KINDS {
            assert_eq!(kind.resumes(), kind.max_runs().is_none());
        }
    }
}
