use super::{BulkJob, BulkStatus};
use crate::job::{Job, JobKind, JobProgress, JobState, LongJob};

/// The life of a bulk job, once it is started. Its units are users.
impl LongJob for BulkJob {
    const KIND: JobKind = JobKind::Bulk;

    fn job(&self) -> Job {
        Job {
            id: self.id.to_string(),
            kind: Self::KIND,
            state: match self.status {
                BulkStatus::Queued => JobState::Queued,
                BulkStatus::Running => JobState::Running,
                BulkStatus::Completed => JobState::Completed,
                BulkStatus::Cancelled => JobState::Cancelled,
                BulkStatus::Failed => JobState::Failed,
                // Not sent to a worker yet, or never.
                BulkStatus::Planned
                | BulkStatus::AwaitingApproval
                | BulkStatus::Rejected
                | BulkStatus::Expired
                | BulkStatus::Unknown(_) => JobState::Unknown,
            },
            fence: self.fence,
            progress: JobProgress {
                done: self.tally.sum(),
                total: self.total,
                failed: self.tally.failed,
            },
            cursor: self.cursor.clone(),
            created_at: self.created_at,
            reported_at: Some(self.reported_at),
            ended_at: self.ended_at,
            error: self.error.clone(),
        }
    }

    fn set_job(&mut self, job: Job) {
        self.status = match job.state {
            JobState::Queued => BulkStatus::Queued,
            JobState::Running => BulkStatus::Running,
            JobState::Completed => BulkStatus::Completed,
            JobState::Cancelled => BulkStatus::Cancelled,
            JobState::Failed => BulkStatus::Failed,
            JobState::Unknown => self.status,
        };
        self.fence = job.fence;
        self.cursor = job.cursor;
        self.reported_at = job.reported_at.unwrap_or(self.reported_at);
        self.ended_at = job.ended_at;
        self.error = job.error;
    }
}
