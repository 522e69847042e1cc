//! One run of an export job: it claims the job under a fencing token, reports progress, and ends it.
//! A run with a lower token, or with a cancelled job, fails at its next write and stops.

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    ExportId, Timestamp,
    export::{ARCHIVE_LIFE, ExportJob, ExportStatus, Progress},
    message::Message,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    exports::{EXPIRY, PREFIX, STALLED, key},
    item::{n, s},
    jobs::{self, FencedJob, JobWrite, StoredJob},
    transaction::Condition,
};

fn attribute(progress: &Progress) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(progress)
        .map_err(|cause| StoreError::unreadable("an export's progress", cause))
}

/// The condition that a run owns its job.
fn owned(job: &ExportJob) -> Condition {
    jobs::owned(job.fence).name("#version", "version").value(":one", n(1))
}

impl StoredJob for ExportJob {
    type Id = ExportId;
    const PREFIX: &'static str = PREFIX;
    const SORT: &'static str = "JOB";
    const STALLED: &'static str = STALLED;
    const CONFLICT: Conflict = Conflict::ExportJob;

    fn message(job: ExportId) -> Message {
        Message::Export { job }
    }
}

/// Attributes that a run does not write stay as they are: an earlier run may have reported more.
impl FencedJob for ExportJob {
    fn job_id(&self) -> ExportId {
        self.id
    }

    fn claim_write(&self) -> Result<JobWrite, StoreError> {
        Ok(JobWrite::Attributes(vec![("state", s(ExportStatus::Running.as_str()))]))
    }

    fn report_write(&self) -> Result<JobWrite, StoreError> {
        Ok(JobWrite::Attributes(vec![("progress", attribute(&self.progress)?)]))
    }
}

impl Store {
    /// Stores the upload that this run has begun, so that a later run can abort it. Returns `false`
    /// when the run does not own the job any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_export_upload(
        &self,
        job: &ExportJob,
        upload: &str,
    ) -> Result<bool, StoreError> {
        let write = JobWrite::Attributes(vec![("uploadId", s(upload))]);
        self.write_job(job, write, jobs::owned(job.fence)).await
    }
}

impl Transaction {
    /// Ends a run successfully: the archive is complete. Fails with [`Conflict::ExportJob`] when
    /// the run does not own the job any more.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn complete_export(
        &mut self,
        job: &ExportJob,
        size: u64,
        sha256: &str,
        progress: &Progress,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition = owned(job)
            .name("#state", "state")
            .name("#progress", "progress")
            .name("#size", "size")
            .value(":completed", s(ExportStatus::Completed.as_str()))
            .value(":size", n(size))
            .value(":sha256", s(sha256))
            .value(":progress", attribute(progress)?)
            .value(":now", s(now.to_string()))
            .value(":end", s(now.plus(ARCHIVE_LIFE).to_string()))
            .value(":kind", s(EXPIRY));
        let update = "SET #status = :completed, #state = :completed, #size = :size, sha256 = :sha256, #progress = :progress, completedAt = :now, expiresAt = :end, dueKind = :kind, dueAt = :end, #version = #version + :one REMOVE uploadId";
        self.update(Conflict::ExportJob, &table, &key(job.id), update, condition)?;
        self.unlock_export(job.user_id, job.id)
    }

    /// Ends a job that cannot be done, with a sentence that says why. Fails with
    /// [`Conflict::ExportJob`] when the run does not own the job any more.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn fail_export(
        &mut self,
        job: &ExportJob,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition = owned(job)
            .name("#state", "state")
            .name("#error", "error")
            .value(":failed", s(ExportStatus::Failed.as_str()))
            .value(":why", s(why))
            .value(":now", s(now.to_string()))
            .value(":kind", s(EXPIRY));
        let update = "SET #status = :failed, #state = :failed, #error = :why, dueKind = :kind, dueAt = :now, #version = #version + :one";
        self.update(Conflict::ExportJob, &table, &key(job.id), update, condition)?;
        self.unlock_export(job.user_id, job.id)
    }
}
