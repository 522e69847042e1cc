//! Verifications as the person and as staff see them, and student status.

use provost_domain::{
    Principal, Pseudonym, Timestamp, UserId, VerificationId,
    entitlement::{Limits, Student, StudentSource},
    principal::PortalTier,
    verification::{Image, Verification, VerificationStatus, VerificationType},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::uploads::PutView;

/// One's own verification, just asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedView {
    /// Its id.
    id: VerificationId,
    /// What is to be verified.
    r#type: VerificationType,
    /// Where it stands.
    status: VerificationStatus,
    /// When it was asked for.
    created_at: Timestamp,
    /// Where images are to be put that were not in the request.
    uploads: Vec<PutView>,
}

impl AskedView {
    /// What the person is answered.
    pub fn of(asked: &Verification, uploads: Vec<PutView>) -> Self {
        Self { id: asked.id, r#type: asked.r#type, status: asked.status, created_at: asked.created_at, uploads }
    }
}

/// An image that belongs to a verification.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageView {
    /// What was announced.
    #[serde(flatten)]
    image: Image,
    /// Whether it has come; told of one verification that waits, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived: Option<bool>,
}

/// A verification as staff see it; the images themselves are another permission's.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationView {
    /// Its id.
    id: VerificationId,
    /// Whose it is.
    user_id: UserId,
    /// What is to be verified.
    r#type: VerificationType,
    /// Where it stands.
    status: VerificationStatus,
    /// How they show that they study.
    source: Option<StudentSource>,
    /// Their name at GitHub.
    github_login: Option<String>,
    /// Where their profile at GitHub is.
    github_profile_url: Option<String>,
    /// The images that belong to it.
    images: Vec<ImageView>,
    /// When it was asked for.
    created_at: Timestamp,
    /// When it was decided.
    decided_at: Option<Timestamp>,
    /// Who decided it, by pseudonym.
    decided_by: Option<Pseudonym>,
    /// Why it was rejected, or what was noted with the approval.
    reason: Option<String>,
    /// When its images were removed.
    images_removed_at: Option<Timestamp>,
    /// Counts its changes; also the `ETag`.
    version: u64,
}

impl VerificationView {
    /// Says of each image, in their order, whether it has come.
    #[must_use]
    pub fn with_arrivals(mut self, arrivals: Vec<bool>) -> Self {
        for (image, arrived) in self.images.iter_mut().zip(arrivals) {
            image.arrived = Some(arrived);
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
            images: found.images.into_iter().map(|image| ImageView { image, arrived: None }).collect(),
            created_at: found.created_at,
            decided_at: found.decided_at,
            decided_by: found.decided_by,
            reason: found.reason,
            images_removed_at: found.images_removed_at,
            version: found.version,
        }
    }
}

/// Student status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StudentView {
    /// The user.
    user_id: UserId,
    /// Whether student status is verified.
    student_verified: bool,
    /// How it was shown; null without student status.
    source: Option<StudentSource>,
    /// Whether it has to be shown again.
    reverify_required: bool,
    /// The tier that counts now.
    portal_tier: PortalTier,
    /// The limits that count now.
    limits: Limits,
}

impl StudentView {
    /// What this person has.
    pub fn of(person: &Principal, limits: Limits) -> Self {
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
}
