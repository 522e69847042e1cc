//! Content: the files and short URLs of users, with their place, their flag and their removal.
//!
//! Content is served only while it is available and not flagged. Each flag is a round of its own: it
//! has an id, and stays in the history after it is lifted.

mod evidence;
mod flag;
mod id;
mod media_type;

pub use evidence::{EVIDENCE_FOLDER, EVIDENCE_LIFE, Evidence, UNUSED_EVIDENCE_LIFE};
pub use flag::{Flag, FlagEnd, LiveFlag};
pub use id::ContentId;
pub use media_type::{DEFAULT_MEDIA_TYPE, media_type};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, BucketId, Code, Pseudonym, Timestamp, User, UserId, stored_enum::stored_enum,
    time::MINUTE,
};

/// Maximum size of a file in bytes: S3 copies it as evidence within one request.
pub const MAX_FILE_SIZE: u64 = 512 << 20;
/// Maximum number of files of a user.
pub const MAX_FILES: u64 = 100_000;
/// Maximum length of a file name in characters.
pub const MAX_NAME: usize = 255;
/// A registered file whose bytes have not arrived after this time, in milliseconds, is dropped. The
/// upload URL accepts uploads that begin within a minute; the rest is for slow connections.
pub const UPLOAD_LIFE: i64 = 15 * MINUTE;

stored_enum! {
    /// Kind of content.
    pub enum ContentKind {
        /// An uploaded file.
        File = "file",
        /// A short URL.
        Url = "url",
    }
}

stored_enum! {
    /// Status of content.
    pub enum ContentStatus {
        /// Registered; the upload has not been confirmed yet.
        Pending = "pending",
        /// Uploaded.
        Available = "available",
        /// Removed for all users; its objects are being deleted.
        Removing = "removing",
        /// Removed, with every object.
        Removed = "removed",
    }
}

/// The place of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectPlace {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// Id of the assigned storage bucket that has this name at its store; none for a bucket of the
    /// platform.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub store: Option<BucketId>,
}

/// The removal of content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// Reason for the removal, which the owner receives.
    pub reason: String,
    /// Pseudonym of the person who removed it, the owner or a member of staff; none for a service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Pseudonym>,
    /// Time of the decision.
    pub at: Timestamp,
}

/// Content of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Content id.
    pub id: ContentId,
    /// Kind of content.
    pub kind: ContentKind,
    /// User id of the owner.
    pub owner_id: UserId,
    /// Name that the owner gave it.
    pub name: String,
    /// Media type; none for a short URL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content_type: Option<String>,
    /// Size in bytes; 0 for a short URL.
    #[serde(default)]
    pub size: u64,
    /// SHA-256 of the bytes in hexadecimal, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// The URL that a short URL leads to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// The place of the bytes; none for a short URL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectPlace>,
    /// Status.
    pub status: ContentStatus,
    /// Time of registration.
    pub created_at: Timestamp,
    /// The current flag.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flag: Option<LiveFlag>,
    /// The removal, once decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removal: Option<Removal>,
    /// Version number; increases with every change.
    pub version: u64,
}

impl Content {
    /// Whether a removal was decided, whether or not its objects are already deleted.
    pub const fn is_removed(&self) -> bool {
        matches!(self.status, ContentStatus::Removing | ContentStatus::Removed)
    }

    /// The time until which an upload may still arrive.
    pub fn uploads_until(&self) -> Timestamp {
        self.created_at.plus(UPLOAD_LIFE)
    }

    /// The SHA-256 in base64, as S3 writes it; `None` if it is not known.
    pub fn checksum(&self) -> Option<String> {
        let hex = self.sha256.as_deref()?;
        let bytes = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
            .collect::<Option<Vec<u8>>>()?;
        Some(BASE64.encode(bytes))
    }

    /// Checks that the content may be shown to its owner.
    ///
    /// # Errors
    /// `NOT_FOUND` when it is removed, `CONTENT_FLAGGED` while it is flagged.
    pub fn check_served(&self) -> Result<(), ApiError> {
        if self.is_removed() {
            return Err(ApiError::new(
                Code::NotFound,
                "This file has been removed. It is no longer available.",
            ));
        }
        if self.flag.is_some() || !self.status.is_known() {
            return Err(ApiError::new(
                Code::ContentFlagged,
                "This file is blocked while it is under review. Try again later, or contact support.",
            ));
        }
        Ok(())
    }

    /// Whether the bytes can be downloaded, apart from a flag.
    pub fn has_bytes(&self) -> bool {
        self.status == ContentStatus::Available && self.object.is_some()
    }

    /// Records that the upload has arrived.
    #[must_use]
    pub fn uploaded(mut self) -> Self {
        self.status = ContentStatus::Available;
        self.version += 1;
        self
    }

    /// Flags the content.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is flagged already or removed.
    pub fn flag(mut self, flag: &Flag) -> Result<Self, ApiError> {
        self.check_present()?;
        if self.flag.is_some() {
            return Err(ApiError::invalid_action(
                "This content is already flagged. Unflag it first to flag it for another reason.",
                &["unflag"],
            ));
        }
        self.flag = Some(flag.live());
        self.version += 1;
        Ok(self)
    }

    /// Lifts the flag; returns it too.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is not flagged.
    pub fn unflag(mut self) -> Result<(Self, LiveFlag), ApiError> {
        let flag = self.flag.take().ok_or_else(|| {
            ApiError::invalid_action("This content is not flagged. Nothing to do.", &["flag"])
        })?;
        self.version += 1;
        Ok((self, flag))
    }

    /// Removes the content for all users. Its objects are deleted afterwards.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is removed already.
    pub fn remove(mut self, removal: Removal) -> Result<Self, ApiError> {
        self.check_present()?;
        self.status = match self.object {
            Some(_) => ContentStatus::Removing,
            None => ContentStatus::Removed,
        };
        self.removal = Some(removal);
        self.version += 1;
        Ok(self)
    }

    /// Records that every object is deleted.
    #[must_use]
    pub fn objects_deleted(mut self) -> Self {
        self.status = ContentStatus::Removed;
        self.version += 1;
        self
    }

    fn check_present(&self) -> Result<(), ApiError> {
        if self.is_removed() {
            return Err(ApiError::invalid_action(
                "This content has already been removed. Nothing more can be done about it.",
                &[],
            ));
        }
        Ok(())
    }
}

impl User {
    /// Adds a file to what the account stores.
    ///
    /// # Errors
    /// `TIER_LIMIT` above the quota or the maximum number of files.
    pub fn add_stored_file(mut self, size: u64, now: Timestamp) -> Result<Self, ApiError> {
        let used = self.storage_used.saturating_add(size);
        if used > self.storage_quota {
            return Err(ApiError::new(
                Code::TierLimit,
                "There is not enough storage left for this file. Remove other files, or get more storage.",
            )
            .with("storageUsed", self.storage_used)
            .with("storageQuota", self.storage_quota));
        }
        if self.total_files >= MAX_FILES {
            return Err(ApiError::new(
                Code::TierLimit,
                format!("An account can have at most {MAX_FILES} files. Remove other files first."),
            ));
        }
        (self.storage_used, self.total_files) = (used, self.total_files + 1);
        Ok(self.changed(now))
    }

    /// Takes a file off what the account stores.
    #[must_use]
    pub fn remove_stored_file(mut self, size: u64, now: Timestamp) -> Self {
        self.storage_used = self.storage_used.saturating_sub(size);
        self.total_files = self.total_files.saturating_sub(1);
        self.changed(now)
    }
}

/// Reads a SHA-256 in hexadecimal, in either case.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`.
pub fn sha256(field: &str, text: &str) -> Result<String, ApiError> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(ApiError::field(field, "invalid", "This is not a SHA-256. Use 64 hexadecimal digits."))
}

/// Parses the URL that a short URL leads to: an absolute `https` or `http` URL (WHATWG URL Standard)
/// without credentials, of at most 2,048 characters.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`.
pub fn target(field: &str, text: &str) -> Result<String, ApiError> {
    let url = url::Url::parse(text.trim()).ok().filter(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.as_str().len() <= 2048
    });
    url.map(String::from).ok_or_else(|| {
        ApiError::field(
            field,
            "invalid",
            "This is not a valid URL. Use one such as https://example.org/page, of at most 2,048 characters.",
        )
    })
}

/// Checks the size of a file.
///
/// # Errors
/// `VALIDATION_FAILED` on `size`.
pub fn check_size(size: u64) -> Result<(), ApiError> {
    if (1..=MAX_FILE_SIZE).contains(&size) {
        return Ok(());
    }
    Err(ApiError::field(
        "size",
        "out_of_range",
        "This size is out of range. A file can have 1 byte to 512 MiB.",
    ))
}
