//! Scheduled work for exports: removes expired archives, aborts uploads that no run will finish. Each may run twice, late, or concurrently.

use aws_sdk_s3::types::MultipartUpload;
use provost_domain::{
    ExportId, Timestamp,
    export::{ExportStatus, object_key},
    time::HOUR,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    exports::{EXPIRY, PREFIX, key},
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

impl Transaction {
    /// Ends the retention of a completed job; fails with [`Conflict::ExportJob`] when it is not
    /// completed any more. The job stays due until its archive is removed.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn expire_export(&mut self, job: ExportId) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition = Condition::expression("#status = :completed")
            .name("#status", "status")
            .name("#state", "state")
            .name("#version", "version")
            .value(":completed", s(ExportStatus::Completed.as_str()))
            .value(":expired", s(ExportStatus::Expired.as_str()))
            .value(":one", n(1));
        self.update(
            Conflict::ExportJob,
            &table,
            &key(job),
            "SET #status = :expired, #state = :expired, #version = #version + :one",
            condition,
        )
    }
}

impl Store {
    /// Jobs that are due with the kind [`STALLED`](super::STALLED) or [`EXPIRY`], longest due first.
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

    /// Records that nothing is left in the bucket of a job that is due with the kind [`EXPIRY`].
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn archive_is_removed(&self, job: ExportId) -> Result<(), StoreError> {
        let mut tx = self.transaction();
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
            _ => Ok(()),
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
