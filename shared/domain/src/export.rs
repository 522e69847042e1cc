//! Export jobs: a user's data, written to one encrypted archive.

mod category;
pub mod file;
pub mod share_link;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, ExportId, PermissionSet, Pseudonym, Timestamp, UserId,
    job::{Job, JobKind, JobProgress, JobState, LongJob},
    stored_enum::stored_enum,
    time::DAY,
};
pub use category::{Category, Withheld};

/// Retention time of an archive, in milliseconds.
pub const ARCHIVE_LIFE: i64 = 14 * DAY;
/// A running job that has not reported for this long is taken over, in milliseconds.
pub const STALLED_AFTER: i64 = JobKind::Export.silent_after();
/// A user may request their own export once in this time, in milliseconds.
pub const OWN_EXPORT_EVERY: i64 = DAY;

stored_enum! {
    /// Status of an export job.
    #[derive(PartialOrd, Ord)]
    pub enum ExportStatus {
        /// Waiting for a worker.
        Queued = "queued",
        /// A worker is writing the archive.
        Running = "running",
        /// The archive is available.
        Completed = "completed",
        /// The archive could not be written.
        Failed = "failed",
        /// Cancelled, or its archive was deleted.
        Cancelled = "cancelled",
        /// The archive was deleted at the end of its retention time.
        Expired = "expired",
    }
}

/// Progress of an export job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Number of records and files written so far.
    pub done: u64,
    /// Total number of records and files, as far as known.
    pub total: u64,
    /// Progress from 0 to 100. Never decreases.
    pub percent: u8,
    /// Category that is being written.
    pub stage: String,
}

stored_enum! {
    /// Format of an exported list.
    pub enum ListFormat {
        /// A table for spreadsheets (RFC 4180).
        Csv = "csv",
        /// One JSON object per line.
        Ndjson = "ndjson",
    }
}

/// The rows of a list of the platform to export: of the audit log, or of the users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListSelection {
    /// Format of the file.
    pub format: ListFormat,
    /// The filter as JSON, encrypted with the key of the requester: it may contain a name.
    pub filter: String,
}

/// An export job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportJob {
    /// Export id.
    pub id: ExportId,
    /// User id of the exported account.
    pub user_id: UserId,
    /// Who requested the export: `self`, or the pseudonym of the staff member.
    pub requested_by: String,
    /// Status.
    pub status: ExportStatus,
    /// Progress.
    pub progress: Progress,
    /// Recipients (age public keys) that the archive is encrypted to.
    pub recipients: Vec<String>,
    /// Categories of data in the archive.
    pub categories: Vec<Category>,
    /// Files that are left out, because the requester cannot see them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub withheld: Vec<Withheld>,
    /// What to export of a list of the platform; only for such a category.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selection: Option<ListSelection>,
    /// Size of the archive in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<u64>,
    /// SHA-256 of the archive, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time at which the archive was completed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub completed_at: Option<Timestamp>,
    /// Time at which the archive is deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Why the job failed, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// Fencing token of the run that holds the job; a run with a lower token must stop.
    #[serde(default)]
    pub fence: u64,
    /// Id of the multipart upload in progress.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upload_id: Option<String>,
    /// Version number; increases with every change.
    pub version: u64,
}

impl ExportJob {
    /// Creates a queued job. `requested_by` is the result of [`requested_by`], `recipients` are the
    /// public keys that the archive is encrypted to.
    pub fn queued(
        id: ExportId,
        user_id: UserId,
        requested_by: String,
        recipients: Vec<String>,
        categories: Vec<Category>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            user_id,
            requested_by,
            status: ExportStatus::Queued,
            progress: Progress { stage: "queued".to_owned(), ..Progress::default() },
            recipients,
            categories,
            withheld: Vec::new(),
            selection: None,
            size: None,
            sha256: None,
            created_at: now,
            completed_at: None,
            expires_at: None,
            error: None,
            fence: 0,
            upload_id: None,
            version: 1,
        }
    }

    /// The same job without the files that a staff member with these permissions cannot see.
    #[must_use]
    pub fn within(mut self, permissions: &PermissionSet) -> Self {
        self.withheld = Withheld::from(permissions);
        self
    }

    /// The same job for rows of a list of the platform.
    #[must_use]
    pub fn of_list(mut self, selection: ListSelection) -> Self {
        self.selection = Some(selection);
        self
    }

    /// The file name of the archive.
    pub fn file_name(&self) -> String {
        format!("provost-export-{}.zip.age", self.id)
    }

    /// Whether the job is queued or running.
    pub const fn is_active(&self) -> bool {
        matches!(self.status, ExportStatus::Queued | ExportStatus::Running)
    }

    /// Whether the user whose data it holds requested the export.
    pub fn is_by_owner(&self) -> bool {
        self.requested_by == "self"
    }

    /// Whether the retention time of the archive has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }

    /// Checks that the archive can be downloaded. It cannot from the instant of its expiry.
    ///
    /// # Errors
    /// `IN_PROGRESS` while the job is in progress; `INVALID_ACTION` when there is no archive.
    pub fn check_ready(&self, now: Timestamp) -> Result<(), ApiError> {
        let gone = |why: &str| {
            ApiError::invalid_action(
                format!("This export has no archive: {why}. Start a new export."),
                &["create"],
            )
        };
        match self.status {
            ExportStatus::Queued | ExportStatus::Running => Err(ApiError::new(
                Code::InProgress,
                "This export is still in progress. Try again when its status is completed.",
            )),
            ExportStatus::Completed if self.is_expired(now) => Err(gone("it has expired")),
            ExportStatus::Completed => Ok(()),
            ExportStatus::Failed => Err(gone("it failed")),
            ExportStatus::Cancelled => Err(gone("it was cancelled")),
            ExportStatus::Expired => Err(gone("it has expired")),
            ExportStatus::Unknown(_) => Err(gone("this version does not know its status")),
        }
    }

    /// Whether only a later release can write the archive: this one does not know a category, or
    /// what must be left out.
    pub fn needs_later_release(&self) -> bool {
        self.selection.as_ref().is_some_and(|selection| !selection.format.is_known())
            || self.categories.iter().any(|category| !category.is_known())
            || self.withheld.iter().any(|withheld| !withheld.is_known())
    }

    /// Starts the job, or takes it over from a worker that no longer reports.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended.
    pub fn start(self) -> Result<Self, ApiError> {
        // The time of a claim is not part of the record.
        let now = self.created_at;
        self.claimed(now)
            .ok_or_else(|| ApiError::invalid_action("This export has already ended.", &[]))
    }

    /// Cancels the job or deletes its archive.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended without an archive.
    pub fn cancel(mut self, now: Timestamp) -> Result<Self, ApiError> {
        match self.status {
            ExportStatus::Queued | ExportStatus::Running | ExportStatus::Completed => {}
            _ => {
                return Err(ApiError::invalid_action(
                    "This export has already ended. Start a new export.",
                    &[],
                ));
            }
        }
        self.status = ExportStatus::Cancelled;
        self.expires_at = Some(now);
        Ok(self.changed())
    }

    /// Increases the version number.
    #[must_use]
    pub fn changed(mut self) -> Self {
        self.version += 1;
        self
    }
}

/// The life of an export. The time of the last report is only in the index of silent jobs.
impl LongJob for ExportJob {
    const KIND: JobKind = JobKind::Export;

    fn job(&self) -> Job {
        Job {
            id: self.id.to_string(),
            kind: Self::KIND,
            state: match self.status {
                ExportStatus::Queued => JobState::Queued,
                ExportStatus::Running => JobState::Running,
                ExportStatus::Completed | ExportStatus::Expired => JobState::Completed,
                ExportStatus::Failed => JobState::Failed,
                ExportStatus::Cancelled => JobState::Cancelled,
                ExportStatus::Unknown(_) => JobState::Unknown,
            },
            fence: self.fence,
            progress: JobProgress {
                done: self.progress.done,
                total: self.progress.total,
                failed: 0,
            },
            cursor: None,
            created_at: self.created_at,
            reported_at: None,
            ended_at: self.completed_at,
            error: self.error.clone(),
        }
    }

    fn set_job(&mut self, job: Job) {
        self.status = match job.state {
            JobState::Queued => ExportStatus::Queued,
            JobState::Running => ExportStatus::Running,
            JobState::Completed => ExportStatus::Completed,
            JobState::Failed => ExportStatus::Failed,
            JobState::Cancelled => ExportStatus::Cancelled,
            JobState::Unknown => self.status,
        };
        self.fence = job.fence;
        self.progress.done = job.progress.done;
        self.progress.total = job.progress.total;
        self.completed_at = job.ended_at;
        self.error = job.error;
        self.version += 1;
    }
}

/// The key of an archive in the exports bucket.
pub fn object_key(job: ExportId) -> String {
    format!("exports/{job}.zip.age")
}

/// Who requested a job: the user (`self`) or a staff member (pseudonym).
pub fn requested_by(own: bool, staff: Pseudonym) -> String {
    if own { "self".to_owned() } else { staff.to_string() }
}
