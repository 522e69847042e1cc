//! Student status as a profile shows it.

use provost_domain::entitlement::{Entitlements, Student, StudentClaim, StudentSource};
use schemars::JsonSchema;
use serde::Serialize;

/// Student status as a profile shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StudentView {
    /// Proof of student status; null without student status.
    pub student_source: Option<StudentSource>,
    /// GitHub username.
    pub github_login: Option<String>,
    /// URL of the GitHub profile.
    pub github_profile_url: Option<String>,
    /// Whether the student must verify again. The account is on the free tier until then.
    pub reverify_required: bool,
}

impl From<&Entitlements> for StudentView {
    fn from(entitlements: &Entitlements) -> Self {
        let Some(student) = &entitlements.student else { return Self::default() };
        let Student { claim, reverify_required, .. } = student;
        Self {
            student_source: student.source(),
            github_login: student.github_login().map(str::to_owned),
            github_profile_url: claim.as_ref().and_then(StudentClaim::github_profile_url),
            reverify_required: *reverify_required,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_student_is_shown_with_the_proof() {
        let claim =
            StudentClaim { source: StudentSource::Github, github_login: Some("ada".to_owned()) };
        let student =
            Student { claim: Some(claim), verified_at: None, reverify_required: true, kept: None };
        let shown =
            StudentView::from(&Entitlements { student: Some(student), ..Entitlements::default() });
        assert_eq!(
            shown,
            StudentView {
                student_source: Some(StudentSource::Github),
                github_login: Some("ada".to_owned()),
                github_profile_url: Some("https://github.com/ada".to_owned()),
                reverify_required: true,
            }
        );
        assert_eq!(StudentView::from(&Entitlements::default()), StudentView::default());
    }
}
