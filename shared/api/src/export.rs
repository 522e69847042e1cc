//! An export job as its requester sees it, the same for staff and for the user.

use provost_domain::{
    ExportId, Timestamp, UserId,
    export::{Category, ExportJob, ExportStatus, Progress},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::casing::SnakeView;

/// An export job.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// Export id.
    pub id: ExportId,
    /// User id of the exported account.
    pub user_id: UserId,
    /// Who requested the export: `self`, or the pseudonym of the staff member.
    pub requested_by: String,
    /// Status of the job.
    pub status: ExportStatus,
    /// Progress of the job.
    pub progress: Progress,
    /// Recipients (age public keys) that the archive is encrypted to.
    pub recipients: Vec<String>,
    /// Categories of data in the archive.
    pub categories: Vec<Category>,
    /// Secret key that decrypts the archive. Returned only by the request that creates the job;
    /// store it safely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Size of the archive in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 digest of the archive, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time at which the archive was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// Time at which the archive is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Why the job failed, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// URL to download the archive, present while it is available. A `GET` answers 303 with a
    /// redirect to a URL that is valid for one minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
}

impl SnakeView for ExportView {
    const SCHEMA: &'static str = "DirectoryExport";
    const DESCRIPTION: Option<&'static str> =
        Some("A file of users that is written to an archive.");
}

impl ExportView {
    /// The current state of a job; `below` is the path of the requester's jobs.
    pub fn of(job: ExportJob, below: &str, now: Timestamp) -> Self {
        let download_url =
            job.check_ready(now).is_ok().then(|| format!("{below}/{}/download", job.id));
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

    /// Adds the secret key, for the response that creates the job.
    #[must_use]
    pub fn with_identity(mut self, identity: Option<String>) -> Self {
        self.identity = identity;
        self
    }
}
