//! Scheduled work for exports: removes expired archives, resends silent jobs, aborts uploads that
//! no run will finish. Each may run twice, late, or concurrently.

use aws_sdk_s3::types::MultipartUpload;
use provost_domain::{
    AuditId, ExportId, RequestId, Timestamp,
    audit::{Actor, Changes, Entry, Origin, Resource},
    export::{ExportStatus, STALLED_AFTER, object_key},
    message::Message,
    time::HOUR,
};

use crate::{
    Conflict, Store, StoreError,
    exports::{EXPIRY, PREFIX, STALLED, key},
    item::{n, s},
    transaction::Condition,
};

/// An upload younger than this may belong to a run that has not recorded it yet, in milliseconds.
pub const UPLOAD_SETTLES: i64 = HOUR;

/// An upload that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUpload {
    /// The key of the object that it would create.
    pub key: String,
    /// The upload id.
    pub id: String,
    /// When it began.
    pub since: Timestamp,
}

impl Store {
    /// Jobs that are due with the kind [`STALLED`] or [`EXPIRY`], longest due first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn exports_due(
        &self,
        kind: &str,
        now: Timestamp,
        limit: i32,
    ) -> Result<Vec<ExportId>, StoreError> {
        let keys = self.due(kind, now, limit).await?;
        Ok(keys.iter().filter_map(|key| key.pk.strip_prefix(PREFIX)?.parse().ok()).collect())
    }

    /// Resends every job whose worker has been silent for too long; returns how many were sent.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn resend_stalled_exports(
        &self,
        now: Timestamp,
        limit: i32,
    ) -> Result<usize, StoreError> {
        let mut sent = 0;
        for job in self.exports_due(STALLED, now, limit).await? {
            // Sends first, then postpones: if the process dies in between, the job is sent twice,
            // and the worker's fencing token handles that.
            self.enqueue(&Message::Export { job }, 0).await?;
            let mut tx = self.transaction();
            let condition = Condition::expression("dueKind = :kind AND dueAt <= :now")
                .value(":kind", s(STALLED))
                .value(":now", s(now.to_string()))
                .value(":next", s(now.plus(STALLED_AFTER).to_string()));
            tx.update(
                Conflict::ExportJob,
                &self.names.operations,
                &key(job),
                "SET dueAt = :next",
                condition,
            )?;
            match tx.commit().await {
                Ok(()) => sent += 1,
                // Its worker reported progress, or another scheduler run was faster.
                Err(error) if error.conflict().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// Removes the archive of a job that is due with the kind [`EXPIRY`]: an expired job gets the
    /// status expired; for a cancelled or failed job, only what is left is removed. `audit` and
    /// `run` name the audit entry and the scheduler run. Returns `false` when there was nothing to
    /// do.
    /// # Errors
    /// `Unavailable`, `Unreadable`; the job stays due.
    pub async fn expire_export(
        &self,
        job: ExportId,
        now: Timestamp,
        audit: AuditId,
        run: RequestId,
    ) -> Result<bool, StoreError> {
        let Some(found) = self.export(job).await? else { return Ok(false) };
        match found.status {
            ExportStatus::Queued | ExportStatus::Running => return Ok(false),
            ExportStatus::Completed if found.expires_at.is_none_or(|end| now < end) => {
                return Ok(false);
            }
            ExportStatus::Completed => {
                let mut tx = self.transaction();
                let condition = Condition::expression("#status = :completed")
                    .name("#status", "status")
                    .name("#state", "state")
                    .name("#version", "version")
                    .value(":completed", s(ExportStatus::Completed.as_str()))
                    .value(":expired", s(ExportStatus::Expired.as_str()))
                    .value(":one", n(1));
                tx.update(
                    Conflict::ExportJob,
                    &self.names.operations,
                    &key(job),
                    "SET #status = :expired, #state = :expired, #version = #version + :one",
                    condition,
                )?;
                if let Some(owner) = self.principal(found.user_id).await? {
                    tx.audit(Entry {
                        id: audit,
                        at: now,
                        actor: Actor::System("sweeper"),
                        action: "export.expired",
                        resource: Resource::Owned {
                            kind: "export",
                            id: job.to_string(),
                            owner: owner.subject(),
                        },
                        success: true,
                        reason: None,
                        changes: Changes::new(),
                        origin: Origin {
                            ip: None,
                            user_agent: None,
                            request_id: run,
                            route: "sweeper".to_owned(),
                        },
                    })?;
                }
                match tx.commit().await {
                    Ok(()) => {}
                    Err(error) if error.conflict() == Some(Conflict::ExportJob) => {
                        return Ok(false);
                    }
                    Err(error) => return Err(error),
                }
            }
            ExportStatus::Failed | ExportStatus::Cancelled | ExportStatus::Expired => {}
        }
        self.remove_archive(job).await?;
        let mut tx = self.transaction();
        // Only now is it no longer due: if the process dies before, the next scheduler run removes
        // it again.
        tx.update(
            Conflict::ExportJob,
            &self.names.operations,
            &key(job),
            "REMOVE dueKind, dueAt, uploadId",
            Condition::expression("attribute_exists(pk) AND dueKind = :kind")
                .value(":kind", s(EXPIRY)),
        )?;
        match tx.commit().await {
            Err(error) if error.conflict().is_none() => Err(error),
            _ => Ok(true),
        }
    }

    /// Removes all data of a job from the bucket: first its uploads, so that a late worker cannot
    /// finish one, then the archive.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove_archive(&self, job: ExportId) -> Result<(), StoreError> {
        self.abort_uploads_of(job).await?;
        self.delete_object(&self.names.exports, &object_key(job)).await
    }

    /// Aborts every upload of a job; returns how many.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn abort_uploads_of(&self, job: ExportId) -> Result<usize, StoreError> {
        let open = self.open_uploads(&self.names.exports, &object_key(job)).await?;
        for upload in &open {
            self.abort_upload(&self.names.exports, &upload.key, &upload.id).await?;
        }
        Ok(open.len())
    }

    /// Aborts uploads that no run will finish: the job has ended, is gone, or now writes another
    /// upload. Returns how many were aborted.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn abort_orphaned_uploads(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut given_up = 0;
        for upload in self.open_uploads(&self.names.exports, "exports/").await? {
            if now.since(upload.since) < UPLOAD_SETTLES {
                continue;
            }
            let job = upload
                .key
                .strip_prefix("exports/")
                .and_then(|name| name.strip_suffix(".zip.age"))
                .and_then(|id| id.parse::<ExportId>().ok());
            let job = match job {
                Some(id) => self.export(id).await?,
                None => None,
            };
            if job.is_some_and(|job| {
                job.is_active() && job.upload_id.as_deref() == Some(upload.id.as_str())
            }) {
                continue;
            }
            self.abort_upload(&self.names.exports, &upload.key, &upload.id).await?;
            given_up += 1;
        }
        Ok(given_up)
    }

    /// The uploads under a prefix that have begun and not ended.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn open_uploads(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<OpenUpload>, StoreError> {
        let (mut found, mut key_marker, mut id_marker) = (Vec::new(), None, None);
        loop {
            let call = self
                .s3
                .list_multipart_uploads()
                .bucket(bucket)
                .prefix(prefix)
                .set_key_marker(key_marker.take())
                .set_upload_id_marker(id_marker.take());
            let answer = call
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("listing uploads", cause))?;
            found.extend(answer.uploads().iter().filter_map(open_upload));
            if answer.is_truncated() != Some(true) {
                return Ok(found);
            }
            (key_marker, id_marker) = (answer.next_key_marker, answer.next_upload_id_marker);
        }
    }
}

fn open_upload(upload: &MultipartUpload) -> Option<OpenUpload> {
    let since = Timestamp::from_millis(upload.initiated()?.to_millis().ok()?);
    Some(OpenUpload { key: upload.key()?.to_owned(), id: upload.upload_id()?.to_owned(), since })
}
