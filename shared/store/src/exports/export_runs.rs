//! One run of an export job: a worker claims the job with a fencing token, reports progress, and
//! ends it. A run with a lower token, or with a cancelled job, fails at its next write and stops.

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    Timestamp,
    export::{ARCHIVE_LIFE, ExportJob, ExportStatus, Progress, STALLED_AFTER},
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    exports::{EXPIRY, STALLED, key},
    item::{n, s},
    transaction::Condition,
};

fn attribute(progress: &Progress) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(progress)
        .map_err(|cause| StoreError::unreadable("an export's progress", cause))
}

/// The condition that a run owns its job.
fn owned(job: &ExportJob) -> Condition {
    Condition::expression("#fence = :fence AND #status = :running")
        .name("#fence", "fence")
        .name("#status", "status")
        .name("#version", "version")
        .value(":fence", n(job.fence))
        .value(":running", s(ExportStatus::Running.as_str()))
        .value(":one", n(1))
}

impl Store {
    /// Claims a job for a new run; `started` is the job after [`ExportJob::start`]. Returns `false`
    /// when another run was faster or the job has ended.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn claim_export(
        &self,
        started: &ExportJob,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.transaction();
        let condition =
            Condition::expression("#fence = :before AND #status IN (:queued, :running)")
                .name("#fence", "fence")
                .name("#status", "status")
                .name("#state", "state")
                .name("#version", "version")
                .value(":before", n(started.fence.saturating_sub(1)))
                .value(":fence", n(started.fence))
                .value(":one", n(1))
                .value(":queued", s(ExportStatus::Queued.as_str()))
                .value(":running", s(ExportStatus::Running.as_str()))
                .value(":kind", s(STALLED))
                .value(":due", s(now.plus(STALLED_AFTER).to_string()));
        let update = "SET #fence = :fence, #status = :running, #state = :running, dueKind = :kind, dueAt = :due, #version = #version + :one";
        tx.update(
            Conflict::ExportJob,
            &self.names.operations,
            &key(started.id),
            update,
            condition,
        )?;
        held(tx.commit().await)
    }

    /// Stores the upload that this run has begun, so that a later run can abort it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_export_upload(
        &self,
        job: &ExportJob,
        upload: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.transaction();
        tx.update(
            Conflict::ExportJob,
            &self.names.operations,
            &key(job.id),
            "SET uploadId = :upload, #version = #version + :one",
            owned(job).value(":upload", s(upload)),
        )?;
        held(tx.commit().await)
    }

    /// Reports the progress of a run, which also shows that its worker is alive. Returns `false`
    /// when the run does not own the job any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn report_export(
        &self,
        job: &ExportJob,
        progress: &Progress,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.transaction();
        let condition = owned(job)
            .name("#progress", "progress")
            .value(":progress", attribute(progress)?)
            .value(":due", s(now.plus(STALLED_AFTER).to_string()));
        tx.update(
            Conflict::ExportJob,
            &self.names.operations,
            &key(job.id),
            "SET #progress = :progress, dueAt = :due, #version = #version + :one",
            condition,
        )?;
        held(tx.commit().await)
    }
}

fn held(result: Result<(), StoreError>) -> Result<bool, StoreError> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.conflict() == Some(Conflict::ExportJob) => Ok(false),
        Err(error) => Err(error),
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
