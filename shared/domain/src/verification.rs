//! Verifications: a user proves their identity or student status, and staff decide.

pub mod evidence;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, Pseudonym, Timestamp, User, UserId, VerificationId, entitlement::StudentClaim,
    stored_enum::stored_enum, time::MINUTE,
};

stored_enum! {
    /// Type of verification.
    pub enum VerificationType {
        /// Identity.
        Identity = "identity",
        /// Student status.
        Student = "student",
    }
}

impl VerificationType {
    /// Checks that a user needs a verification of this type.
    ///
    /// # Errors
    /// `INVALID_ACTION` for a user who is already verified.
    pub fn check_needed(self, user: &User) -> Result<(), ApiError> {
        let detail = match self {
            Self::Identity if user.id_verified => {
                "Your identity is already verified. No new verification is needed."
            }
            Self::Student if user.student_verified => {
                "Your student status is already verified. No new verification is needed."
            }
            Self::Identity | Self::Student | Self::Unknown(_) => return Ok(()),
        };
        Err(ApiError::invalid_action(detail, &[]))
    }
}

stored_enum! {
    /// Status of a verification.
    pub enum VerificationStatus {
        /// Waiting for staff.
        Pending = "pending",
        /// Approved by staff.
        Approved = "approved",
        /// Rejected by staff, with a reason.
        Rejected = "rejected",
        /// Replaced by a new verification of the user, because an image was never uploaded.
        Superseded = "superseded",
    }
}

stored_enum! {
    /// Kind of image.
    pub enum ImageKind {
        /// The identity document, or the proof of student status.
        Document = "document",
        /// A selfie of the user.
        Selfie = "selfie",
    }
}

impl ImageKind {
    /// Reads a kind.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Document, Self::Selfie].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An image of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Kind of image.
    pub kind: ImageKind,
    /// Media type of the image.
    pub content_type: String,
    /// Size of the image in bytes.
    pub size: u64,
}

/// The media types that an image may have.
pub const IMAGE_TYPES: [&str; 2] = ["image/jpeg", "image/png"];
/// An upload URL accepts uploads that begin within a minute; the other four minutes are for an
/// upload that began late on a slow connection.
pub const UPLOADS_OVER: i64 = 5 * MINUTE;
/// Maximum size of an image that is uploaded by URL, in bytes.
pub const MAX_IMAGE: u64 = 10 << 20;

/// A verification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Verification id.
    pub id: VerificationId,
    /// User id of the account.
    pub user_id: UserId,
    /// Type of verification.
    pub r#type: VerificationType,
    /// Status.
    pub status: VerificationStatus,
    /// Claim of student status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub student: Option<StudentClaim>,
    /// Images of the verification.
    #[serde(default)]
    pub images: Vec<Image>,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time of the decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_at: Option<Timestamp>,
    /// Pseudonym of the staff member who decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by: Option<Pseudonym>,
    /// Reason for the rejection, or note of the approval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Time at which the images were deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub images_removed_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
}

impl Verification {
    /// Records the decision.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has already been decided, or when only a later release knows its
    /// type.
    pub fn decide(
        mut self,
        status: VerificationStatus,
        by: Pseudonym,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if self.status != VerificationStatus::Pending {
            return Err(ApiError::invalid_action(
                "This verification has already been decided. Ask the user to submit a new one.",
                &[],
            ));
        }
        if !self.r#type.is_known() {
            return Err(ApiError::invalid_action(
                "This version does not know the type of this verification. Try again later.",
                &[],
            ));
        }
        self.status = status;
        (self.decided_at, self.decided_by, self.reason) = (Some(now), Some(by), reason);
        self.version += 1;
        Ok(self)
    }

    /// Whether the upload URLs of the images have expired, including the time for slow uploads.
    pub fn uploads_over(&self, now: Timestamp) -> bool {
        now >= self.created_at.plus(UPLOADS_OVER)
    }

    /// Ends a verification that cannot be decided, since an image was never uploaded.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has already been decided.
    pub fn supersede(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if self.status != VerificationStatus::Pending {
            return Err(ApiError::invalid_action(
                "This verification has already been decided.",
                &[],
            ));
        }
        self.status = VerificationStatus::Superseded;
        self.decided_at = Some(now);
        self.version += 1;
        Ok(self)
    }

    /// An image of the verification that still exists.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none of this kind, or it was deleted at the end of its retention
    /// time.
    pub fn image(&self, kind: ImageKind) -> Result<&Image, ApiError> {
        if self.images_removed_at.is_some() {
            return Err(ApiError::new(
                Code::NotFound,
                "This image was deleted at the end of its retention time. It is no longer available.",
            ));
        }
        self.images
            .iter()
            .find(|image| image.kind == kind)
            .ok_or_else(|| ApiError::missing("image"))
    }
}

/// The prefix of a verification's images: below the user's prefix, so that they are exported and
/// erased with the user's other data.
pub fn prefix(user: UserId, id: VerificationId) -> String {
    format!("users/{user}/identity/{id}/")
}

/// The key of an image.
pub fn image_key(user: UserId, id: VerificationId, kind: ImageKind) -> String {
    format!("{}{}", prefix(user, id), kind.as_str())
}

/// The key to which an image is uploaded. It cannot be viewed there: its content is checked first,
/// and the checked copy is stored at [`image_key`], which has no upload URL.
pub fn incoming_key(user: UserId, id: VerificationId, kind: ImageKind) -> String {
    format!("{}{}.incoming", prefix(user, id), kind.as_str())
}
