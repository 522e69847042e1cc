//! Verifications as users and staff see them, and student status.

use provost_domain::{
    Pseudonym, Timestamp, User, UserId, VerificationId,
    entitlement::{Limits, Student, StudentSource},
    user::PortalTier,
    verification::{Image, Verification, VerificationStatus, VerificationType},
};
use provost_http::Json;
use provost_operations::billing::Entitled;
use schemars::JsonSchema;
use serde::Serialize;

use crate::uploads::UploadUrlView;

/// A submitted verification.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedView {
    /// Verification id.
    id: VerificationId,
    /// Type of verification.
    r#type: VerificationType,
    /// Status of the verification.
    status: VerificationStatus,
    /// Time of submission.
    created_at: Timestamp,
    /// Upload URLs for the files that were not in the request.
    uploads: Vec<UploadUrlView>,
}

impl AskedView {
    /// The view for the user.
    pub fn of(asked: &Verification, uploads: Vec<UploadUrlView>) -> Self {
        Self {
            id: asked.id,
            r#type: asked.r#type,
            status: asked.status,
            created_at: asked.created_at,
            uploads,
        }
    }
}

/// An image of a verification.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageView {
    /// Details of the image.
    #[serde(flatten)]
    image: Image,
    /// Whether the image has been uploaded. Present only for a single pending verification, not in
    /// lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded: Option<bool>,
}

/// A verification as staff see it. The images themselves require `verification.images`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationView {
    /// Verification id.
    id: VerificationId,
    /// The user who sent the request.
    user_id: UserId,
    /// Type of verification.
    r#type: VerificationType,
    /// Status of the verification.
    status: VerificationStatus,
    /// Kind of proof of student status; null for identity verifications.
    source: Option<StudentSource>,
    /// GitHub username.
    github_login: Option<String>,
    /// URL of the GitHub profile.
    github_profile_url: Option<String>,
    /// Images of the verification.
    images: Vec<ImageView>,
    /// Time of submission.
    created_at: Timestamp,
    /// Time of the decision; null while it is pending.
    decided_at: Option<Timestamp>,
    /// Pseudonym of the staff member who decided.
    decided_by: Option<Pseudonym>,
    /// Reason for the rejection, or note of the approval.
    reason: Option<String>,
    /// Time at which the images were deleted; null while they exist.
    images_removed_at: Option<Timestamp>,
    /// Version number; increases with every change. Also sent as the `ETag`.
    version: u64,
}

impl VerificationView {
    /// Sets for each image, in order, whether it has been uploaded.
    #[must_use]
    pub fn with_arrivals(mut self, arrivals: Vec<bool>) -> Self {
        for (image, arrived) in self.images.iter_mut().zip(arrivals) {
            image.uploaded = Some(arrived);
        }
        self
    }
}

impl From<Verification> for VerificationView {
    fn from(found: Verification) -> Self {
        let student = found.student.as_ref();
        Self {
            source: student.map(|claim| claim.source),
            github_login: student.and_then(|claim| claim.github_login.clone()),
            github_profile_url: student.and_then(|claim| claim.github_profile_url()),
            id: found.id,
            user_id: found.user_id,
            r#type: found.r#type,
            status: found.status,
            images: found
                .images
                .into_iter()
                .map(|image| ImageView { image, uploaded: None })
                .collect(),
            created_at: found.created_at,
            decided_at: found.decided_at,
            decided_by: found.decided_by,
            reason: found.reason,
            images_removed_at: found.images_removed_at,
            version: found.version,
        }
    }
}

/// The student status of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StudentView {
    /// The student.
    user_id: UserId,
    /// Whether the student status is verified.
    student_verified: bool,
    /// Kind of proof of student status; null without student status.
    source: Option<StudentSource>,
    /// Whether the student must verify again. The account is on the free tier until then.
    reverify_required: bool,
    /// Current portal tier.
    portal_tier: PortalTier,
    /// Current limits, by name.
    limits: Limits,
}

impl StudentView {
    /// The student status of a user.
    pub fn of(person: &User, limits: Limits) -> Self {
        let student = person.entitlements.student.as_ref();
        Self {
            user_id: person.user_id,
            student_verified: person.student_verified,
            source: student.and_then(Student::source),
            reverify_required: person.entitlements.reverify_required(),
            portal_tier: person.portal_tier,
            limits,
        }
    }

    /// The student status of a user as a response, with the version of the account.
    pub fn after(entitled: Entitled) -> Json<Self> {
        let Entitled { account, limits } = entitled;
        let version = account.version;
        Json::new(Self::of(&account, limits)).version(version)
    }
}
