//! What the index stores for a user.

mod values;

use provost_domain::{Timestamp, UserId};

pub(crate) use values::days;

/// A user as the index stores it: the current values of all fields of the catalogue.
///
/// Nothing here depends on the time of a query: whether somebody is locked, how old they are and
/// for how long they were inactive follows from [`locked_until`](Self::locked_until),
/// [`date_of_birth`](Self::date_of_birth) and [`last_active_at`](Self::last_active_at).
///
/// A text that is empty or blank counts as absent.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRecord {
    /// The id of the user.
    pub id: UserId,
    /// The version of the stored user from which this was read. It increases with every change of
    /// a field of the index; of two records of a user, the higher version counts.
    pub version: u64,

    /// The short unique identifier.
    pub unique_id: Option<String>,
    /// The identifier of the user in another system.
    pub external_id: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The sign-in name.
    pub username: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// The phone number in E.164 form.
    pub phone: Option<String>,

    /// The status of the account.
    pub status: String,
    /// `suspension` or `ban`, while the user is suspended.
    pub suspension_kind: Option<String>,
    /// The status that the user has again when the suspension ends, while the user is suspended.
    pub status_before: Option<String>,
    /// The state of a pending deletion.
    pub deletion_state: Option<String>,
    /// The portal tier.
    pub portal_tier: Option<String>,
    /// The gender that the user stated.
    pub gender: Option<String>,
    /// The country (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// The continent, by two letters.
    pub continent: Option<String>,
    /// The state or region.
    pub state: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The time zone (IANA).
    pub timezone: Option<String>,
    /// The locale (BCP 47).
    pub locale: Option<String>,
    /// The job title.
    pub designation: Option<String>,

    /// What the user is an expert in.
    pub expertise: Vec<String>,
    /// The ids of all roles, built-in and custom.
    pub roles: Vec<String>,
    /// How the user can sign in: `email`, `phone`, `oauth`.
    pub auth_methods: Vec<String>,
    /// The linked sign-in providers.
    pub oauth_providers: Vec<String>,
    /// The permissions granted directly.
    pub grants: Vec<TimedPermission>,
    /// The permissions denied directly.
    pub denials: Vec<TimedPermission>,

    /// Administrator type.
    pub is_admin: bool,
    /// Instructor type.
    pub is_instructor: bool,
    /// Learner type.
    pub is_learner: bool,
    /// The email address was confirmed.
    pub email_verified: bool,
    /// The phone number was confirmed.
    pub phone_verified: bool,
    /// A password is set.
    pub has_password: bool,
    /// A second factor is enabled.
    pub mfa_enabled: bool,
    /// The password must be changed at the next sign-in.
    pub must_reset_password: bool,
    /// The user has an avatar.
    pub has_avatar: bool,
    /// The user wrote a biography that is not blank; see [`is_present`].
    pub has_bio: bool,
    /// The user entered an address that is not blank; see [`is_present`].
    pub has_address: bool,
    /// No required part of the profile is missing.
    pub profile_complete: bool,
    /// The account is under a legal hold.
    pub has_legal_hold: bool,
    /// The verified badge.
    pub is_verified: bool,
    /// Identity verified by documents.
    pub id_verified: bool,
    /// Student status verified.
    pub student_verified: bool,
    /// The user is banned from support.
    pub support_banned: bool,

    /// How complete the profile is, 0–100.
    pub profile_score: Option<u64>,
    /// Failed sign-ins since the last success.
    pub failed_login_attempts: u64,
    /// Time spent in all programs, in seconds.
    pub total_time_spent: Option<u64>,
    /// Storage used, in bytes.
    pub storage_used: u64,

    /// When the account was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// When the user last signed in.
    pub last_login_at: Option<Timestamp>,
    /// When the user last sent an authenticated request.
    pub last_active_at: Option<Timestamp>,
    /// When a lock after failed sign-ins ends.
    pub locked_until: Option<Timestamp>,
    /// When a suspension ends.
    pub suspended_until: Option<Timestamp>,
    /// When the account was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When a deleted account is erased.
    pub purge_after: Option<Timestamp>,
    /// When the user last learned anything.
    pub last_learning_activity_at: Option<Timestamp>,

    /// The date of birth.
    pub date_of_birth: Option<jiff::civil::Date>,

    /// The enrolments in programs.
    pub enrollments: Vec<Enrollment>,
}

/// A permission that is granted or denied to a user directly, possibly until a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimedPermission {
    /// The name of the permission.
    pub name: String,
    /// From when on the entry no longer counts; absent if it has no end.
    pub expires_at: Option<Timestamp>,
}

/// One enrolment in a program. A filter on enrolments looks for one that meets all of its
/// conditions together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Enrollment {
    /// The id of the program.
    pub program_id: String,
    /// The type of the program, such as `course`.
    pub program_type: String,
    /// The status of the enrolment, such as `completed`.
    pub status: String,
    /// The progress in hundredths of a percent: 0–10,000.
    pub progress: u16,
}

impl UserRecord {
    /// A user with an id, a version, a status and the times of creation and last change, and no
    /// other values.
    pub fn new(id: UserId, version: u64, status: &str, created_at: Timestamp) -> Self {
        Self {
            id,
            version,
            unique_id: None,
            external_id: None,
            name: None,
            username: None,
            email: None,
            phone: None,
            status: status.to_owned(),
            suspension_kind: None,
            status_before: None,
            deletion_state: None,
            portal_tier: None,
            gender: None,
            country: None,
            continent: None,
            state: None,
            city: None,
            timezone: None,
            locale: None,
            designation: None,
            expertise: Vec::new(),
            roles: Vec::new(),
            auth_methods: Vec::new(),
            oauth_providers: Vec::new(),
            grants: Vec::new(),
            denials: Vec::new(),
            is_admin: false,
            is_instructor: false,
            is_learner: false,
            email_verified: false,
            phone_verified: false,
            has_password: false,
            mfa_enabled: false,
            must_reset_password: false,
            has_avatar: false,
            has_bio: false,
            has_address: false,
            profile_complete: false,
            has_legal_hold: false,
            is_verified: false,
            id_verified: false,
            student_verified: false,
            support_banned: false,
            profile_score: None,
            failed_login_attempts: 0,
            total_time_spent: None,
            storage_used: 0,
            created_at,
            updated_at: created_at,
            last_login_at: None,
            last_active_at: None,
            locked_until: None,
            suspended_until: None,
            deleted_at: None,
            purge_after: None,
            last_learning_activity_at: None,
            date_of_birth: None,
            enrollments: Vec::new(),
        }
    }
}

/// Whether a text has anything but blanks in it. U+00A0 and all other white space are blanks.
pub fn is_present(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_blanks_is_not_present() {
        for blank in ["", "   ", "\u{a0}", "\t\u{3000}\n"] {
            assert!(!is_present(blank), "{blank:?}");
        }
        assert!(is_present("\u{a0}x"));
    }
}
