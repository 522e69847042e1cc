//! Export jobs: a user's data, written to one encrypted archive.

pub mod export_view;
pub mod file;
pub mod share_link;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, ExportId, Permission, PermissionSet, Pseudonym, Timestamp, UserId,
    time::{DAY, MINUTE},
};

/// Retention time of an archive, in milliseconds.
pub const ARCHIVE_LIFE: i64 = 14 * DAY;
/// A running job that has not reported for this long is taken over, in milliseconds.
pub const STALLED_AFTER: i64 = 15 * MINUTE;
/// A user may request their own export once in this time, in milliseconds.
pub const OWN_EXPORT_EVERY: i64 = DAY;

/// Status of an export job.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ExportStatus {
    /// Waiting for a worker.
    Queued,
    /// A worker is writing the archive.
    Running,
    /// The archive is available.
    Completed,
    /// The archive could not be written.
    Failed,
    /// Cancelled, or its archive was deleted.
    Cancelled,
    /// The archive was deleted at the end of its retention time.
    Expired,
}

impl ExportStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name of the status in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// Category of exported data. The archive holds one file for each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Category {
    /// Account and profile.
    Profile,
    /// Active sessions.
    Sessions,
    /// Sign-in attempts.
    LoginHistory,
    /// API keys, without their secrets.
    ApiKeys,
    /// SSH public keys.
    SshKeys,
    /// Notifications in the user's mailbox.
    Notifications,
    /// Organisations that the user is a member of.
    Organisations,
    /// The user's plan and its limits.
    Billing,
    /// Emails sent to the user.
    Mail,
    /// Exports and deletion requests of the account.
    Requests,
    /// Audit log entries about the user.
    Audit,
    /// Staff notes about the user.
    Notes,
    /// Grants of the user.
    Grants,
    /// The user's contributor profile.
    Contributions,
    /// Identity and student verifications.
    Verifications,
    /// Documents that staff hold about the user.
    Documents,
    /// Fraud alerts about the user.
    FraudAlerts,
    /// Uploaded files and their registry entries.
    Files,
}

/// Files that the requesting staff member cannot see. They are left out of the archive, and its
/// manifest says so. The user's own export includes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Withheld {
    /// Images of verifications.
    VerificationImages,
    /// Documents that staff hold about the user.
    Documents,
}

impl Withheld {
    /// The files that a caller with these permissions cannot see.
    pub fn from(permissions: &PermissionSet) -> Vec<Self> {
        [Self::VerificationImages, Self::Documents]
            .into_iter()
            .filter(|withheld| !permissions.contains(&withheld.needs()))
            .collect()
    }

    /// The permission required to see the files.
    pub const fn needs(self) -> Permission {
        match self {
            Self::VerificationImages => Permission::VerificationImages,
            Self::Documents => Permission::UserDocuments,
        }
    }

    /// The folder below the user's prefix.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::VerificationImages => "identity/",
            Self::Documents => "documents/",
        }
    }

    /// Why the files are not in the archive, for its manifest.
    pub fn reason(self) -> String {
        format!(
            "Omitted because the requester of this export does not have the permission {}.",
            self.needs()
        )
    }
}

impl Category {
    /// The categories of an export: all, or those requested, in the order of the archive and
    /// without duplicates.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `categories` when the list is empty.
    pub fn chosen(given: Option<&[Self]>) -> Result<Vec<Self>, ApiError> {
        match given {
            None => Ok(Self::ALL.to_vec()),
            Some([]) => Err(ApiError::field(
                "categories",
                "empty",
                "No categories are selected. Select at least one category, or omit the field to export everything.",
            )),
            Some(given) => {
                Ok(Self::ALL.into_iter().filter(|category| given.contains(category)).collect())
            }
        }
    }

    /// Every category.
    pub const ALL: [Self; 18] = [
        Self::Profile,
        Self::Sessions,
        Self::LoginHistory,
        Self::ApiKeys,
        Self::SshKeys,
        Self::Notifications,
        Self::Organisations,
        Self::Billing,
        Self::Mail,
        Self::Requests,
        Self::Audit,
        Self::Notes,
        Self::Grants,
        Self::Contributions,
        Self::Verifications,
        Self::Documents,
        Self::FraudAlerts,
        Self::Files,
    ];

    /// The name of the category in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Sessions => "sessions",
            Self::LoginHistory => "loginHistory",
            Self::ApiKeys => "apiKeys",
            Self::SshKeys => "sshKeys",
            Self::Notifications => "notifications",
            Self::Organisations => "organisations",
            Self::Billing => "billing",
            Self::Mail => "mail",
            Self::Requests => "requests",
            Self::Audit => "audit",
            Self::Notes => "notes",
            Self::Grants => "grants",
            Self::Contributions => "contributions",
            Self::Verifications => "verifications",
            Self::Documents => "documents",
            Self::FraudAlerts => "fraudAlerts",
            Self::Files => "files",
        }
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

    /// The file name of the archive.
    pub fn file_name(&self) -> String {
        format!("provost-export-{}.zip.age", self.id)
    }

    /// Whether the job is queued or running.
    pub const fn is_active(&self) -> bool {
        matches!(self.status, ExportStatus::Queued | ExportStatus::Running)
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
            ExportStatus::Completed if self.expires_at.is_some_and(|end| now >= end) => {
                Err(gone("it has expired"))
            }
            ExportStatus::Completed => Ok(()),
            ExportStatus::Failed => Err(gone("it failed")),
            ExportStatus::Cancelled => Err(gone("it was cancelled")),
            ExportStatus::Expired => Err(gone("it has expired")),
        }
    }

    /// Starts the job, or takes it over from a worker that no longer reports.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended.
    pub fn start(mut self) -> Result<Self, ApiError> {
        if !self.is_active() {
            return Err(ApiError::invalid_action("This export has already ended.", &[]));
        }
        self.status = ExportStatus::Running;
        self.fence += 1;
        Ok(self.changed())
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

/// The key of an archive in the exports bucket.
pub fn object_key(job: ExportId) -> String {
    format!("exports/{job}.zip.age")
}

/// Who requested a job: the user (`self`) or a staff member (pseudonym).
pub fn requested_by(own: bool, staff: Pseudonym) -> String {
    if own { "self".to_owned() } else { staff.to_string() }
}
