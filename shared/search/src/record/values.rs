//! The values of a record by field, as the columns take them.

use provost_domain::Timestamp;

use super::{TimedPermission, UserRecord, is_present};
use crate::{Field, column::NULL};

fn millis(time: Option<Timestamp>) -> i64 {
    time.map_or(NULL, Timestamp::millis)
}

fn number(number: Option<u64>) -> i64 {
    // A number beyond the range of the column is the largest one of it.
    number.map_or(NULL, |number| i64::try_from(number).unwrap_or(i64::MAX))
}

/// The days from the start of 1970 to a date.
pub(crate) fn days(date: jiff::civil::Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    i64::from(epoch.until(date).map_or(0, |span| span.get_days()))
}

impl UserRecord {
    /// The text of a field that holds one, unless it is blank.
    pub(crate) fn text(&self, field: Field) -> Option<&str> {
        let text = match field {
            Field::UniqueId => &self.unique_id,
            Field::ExternalId => &self.external_id,
            Field::Name => &self.name,
            Field::Username => &self.username,
            Field::Email => &self.email,
            Field::Phone => &self.phone,
            Field::Status => return Some(self.status.as_str()).filter(|text| is_present(text)),
            Field::SuspensionKind => &self.suspension_kind,
            Field::StatusBefore => &self.status_before,
            Field::DeletionState => &self.deletion_state,
            Field::PortalTier => &self.portal_tier,
            Field::Gender => &self.gender,
            Field::Country => &self.country,
            Field::Continent => &self.continent,
            Field::State => &self.state,
            Field::City => &self.city,
            Field::TimeZone => &self.timezone,
            Field::Locale => &self.locale,
            Field::Designation => &self.designation,
            _ => &None,
        };
        text.as_deref().map(str::trim).filter(|text| is_present(text))
    }

    /// The texts of a field that holds a list, each with its end in milliseconds, or [`NULL`].
    pub(crate) fn list<'a>(&'a self, field: Field) -> Vec<(&'a str, i64)> {
        let timed = |permission: &'a TimedPermission| {
            (permission.name.as_str(), millis(permission.expires_at))
        };
        let untimed = |text: &'a String| (text.as_str(), NULL);
        let texts: Vec<(&str, i64)> = match field {
            Field::Expertise => self.expertise.iter().map(untimed).collect(),
            Field::Roles => self.roles.iter().map(untimed).collect(),
            Field::AuthMethods => self.auth_methods.iter().map(untimed).collect(),
            Field::OauthProviders => self.oauth_providers.iter().map(untimed).collect(),
            Field::Grants => self.grants.iter().map(timed).collect(),
            Field::Denials => self.denials.iter().map(timed).collect(),
            _ => Vec::new(),
        };
        let trimmed = texts.into_iter().map(|(text, end)| (text.trim(), end));
        trimmed.filter(|(text, _)| is_present(text)).collect()
    }

    /// The value of a flag.
    pub(crate) const fn flag(&self, field: Field) -> bool {
        match field {
            Field::IsAdmin => self.is_admin,
            Field::IsInstructor => self.is_instructor,
            Field::IsLearner => self.is_learner,
            Field::EmailVerified => self.email_verified,
            Field::PhoneVerified => self.phone_verified,
            Field::HasPassword => self.has_password,
            Field::MfaEnabled => self.mfa_enabled,
            Field::MustResetPassword => self.must_reset_password,
            Field::HasAvatar => self.has_avatar,
            Field::HasBio => self.has_bio,
            Field::HasAddress => self.has_address,
            Field::ProfileComplete => self.profile_complete,
            Field::HasLegalHold => self.has_legal_hold,
            Field::IsVerified => self.is_verified,
            Field::IdVerified => self.id_verified,
            Field::StudentVerified => self.student_verified,
            Field::SupportBanned => self.support_banned,
            _ => false,
        }
    }

    /// The number, the time in milliseconds or the date in days of a field, or [`NULL`].
    pub(crate) fn integer(&self, field: Field) -> i64 {
        match field {
            Field::ProfileScore => number(self.profile_score),
            Field::FailedLoginAttempts => number(Some(self.failed_login_attempts)),
            Field::TotalTimeSpent => number(self.total_time_spent),
            Field::StorageUsed => number(Some(self.storage_used)),
            Field::CreatedAt => self.created_at.millis(),
            Field::UpdatedAt => self.updated_at.millis(),
            Field::LastLoginAt => millis(self.last_login_at),
            Field::LastActiveAt => millis(self.last_active_at),
            Field::LockedUntil => millis(self.locked_until),
            Field::SuspendedUntil => millis(self.suspended_until),
            Field::DeletedAt => millis(self.deleted_at),
            Field::PurgeAfter => millis(self.purge_after),
            Field::LastLearningActivityAt => millis(self.last_learning_activity_at),
            Field::DateOfBirth => self.date_of_birth.map_or(NULL, days),
            _ => NULL,
        }
    }
}
