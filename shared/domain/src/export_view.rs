//! An export job as its requester sees it: the same for staff and for the person, so that the two cannot differ.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    ExportId, Timestamp, UserId,
    export::{Category, ExportJob, ExportStatus, Progress},
};

/// An export job.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// Its id.
    pub id: ExportId,
    /// Whose data.
    pub user_id: UserId,
    /// Who asked: `self`, or the pseudonym of the member of staff.
    pub requested_by: String,
    /// Where it stands.
    pub status: ExportStatus,
    /// How far it has come.
    pub progress: Progress,
    /// The age recipients that the archive is encrypted to.
    pub recipients: Vec<String>,
    /// What the archive holds.
    pub categories: Vec<Category>,
    /// The secret key that opens the archive. It is shown in the answer that creates the job and nowhere else: keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Bytes of the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 of the archive, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the archive was complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// When the archive is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Why it failed, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where to download the archive; there while it can be downloaded. A `GET` answers 303 to a URL that works for a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
}

impl ExportView {
    /// A job as it is now; `below` is the path under which its requester finds jobs.
    pub fn of(job: ExportJob, below: &str, now: Timestamp) -> Self {
        let download_url = job.check_ready(now).is_ok().then(|| format!("{below}/{}/download", job.id));
        Self {
            id: job.id,
            user_id: job.user_id,
            requested_by: job.requested_by,
            status: job.status,
            progress: job.progress,
            recipients: job.recipients,
            categories: job.categories,
            identity: None,
            size: job.size,
            sha256: job.sha256,
            created_at: job.created_at,
            completed_at: job.completed_at,
            expires_at: job.expires_at,
            error: job.error,
            download_url,
        }
    }

    /// With the secret key, in the answer that creates the job.
    #[must_use]
    pub fn with_identity(mut self, identity: Option<String>) -> Self {
        self.identity = identity;
        self
    }
}
