//! A deletion as a job.

use super::{DeletionRequest, DeletionState};
use crate::job::{Job, JobKind, JobProgress, JobState, LongJob};

/// The life of a deletion as a job. What comes before it, such as the grace period and holds, is
/// part of being queued. The time of the last report is only in the index of silent jobs.
impl LongJob for DeletionRequest {
    const KIND: JobKind = JobKind::Deletion;

    fn job(&self) -> Job {
        let done = self.counts.values().sum();
        Job {
            id: self.id.to_string(),
            kind: Self::KIND,
            state: match self.state {
                DeletionState::Scheduled | DeletionState::Held | DeletionState::Blocked => {
                    JobState::Queued
                }
                DeletionState::Executing => JobState::Running,
                DeletionState::Erased => JobState::Completed,
                DeletionState::Cancelled => JobState::Cancelled,
                DeletionState::Unknown(_) => JobState::Unknown,
            },
            fence: self.checkpoint.fence,
            progress: JobProgress { done, total: done, failed: 0 },
            cursor: self.checkpoint.cursor.clone(),
            created_at: self.created_at,
            reported_at: None,
            ended_at: self.ended_at,
            error: None,
        }
    }

    fn set_job(&mut self, job: Job) {
        match job.state {
            // Which of the three states it is in, the request knows itself.
            JobState::Queued | JobState::Unknown => {}
            JobState::Running => self.state = DeletionState::Executing,
            // An erasure does not fail: it is repeated until it is done.
            JobState::Completed | JobState::Failed => self.state = DeletionState::Erased,
            JobState::Cancelled => self.state = DeletionState::Cancelled,
        }
        self.checkpoint.fence = job.fence;
        self.checkpoint.cursor = job.cursor;
        self.ended_at = job.ended_at;
        self.version += 1;
    }
}
