//! The table of filter parameters: the name of each, its values, and what it means.

use provost_domain::time::DAY;

use super::values::{ENROLLMENT_STATUSES, Form, PROGRAM_TYPES};
use crate::{Field, Filter, Moment};

/// A filter parameter.
#[derive(Debug)]
pub(super) struct Parameter {
    /// The name.
    pub name: &'static str,
    /// A second name of the same parameter.
    pub alias: Option<&'static str>,
    /// What it means.
    pub meaning: Meaning,
}

/// What a filter parameter means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// The status is one of the values, or any status for `all`.
    Status,
    /// The user has one of the types.
    UserType,
    /// The field has one of the values; with `_match=all`, all of them.
    Values(Field),
    /// The user effectively holds one of the permissions.
    Permission,
    /// A condition that holds or does not.
    Flag(fn(bool) -> Filter),
    /// The number is not below a bound, which is at most so large.
    Min(Field, u64),
    /// The number is not above a bound, which is at most so large.
    Max(Field, u64),
    /// The age is not below a bound.
    MinAge,
    /// The age is not above a bound.
    MaxAge,
    /// The time is at or after a bound.
    From(Field),
    /// The time is before a bound.
    Until(Field),
    /// A number of days of 24 hours before the time of the query.
    Days(fn(u32) -> Filter),
    /// Part of the condition on one enrolment.
    Enrollment(EnrollmentPart),
}

/// A part of the condition on one enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EnrollmentPart {
    Status,
    ProgramType,
    ProgramIds,
    MinProgress,
    MaxProgress,
}

/// How a text value is compared, by the suffix of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `.prefix`
    Prefix,
    /// `.contains`
    Contains,
}

const fn values(name: &'static str, field: Field) -> Parameter {
    Parameter { name, alias: None, meaning: Meaning::Values(field) }
}

const fn flag(name: &'static str, meaning: fn(bool) -> Filter) -> Parameter {
    Parameter { name, alias: None, meaning: Meaning::Flag(meaning) }
}

const fn other(name: &'static str, meaning: Meaning) -> Parameter {
    Parameter { name, alias: None, meaning }
}

const fn also(alias: &'static str, parameter: Parameter) -> Parameter {
    Parameter { alias: Some(alias), ..parameter }
}

/// Every filter parameter, except `search` and `filter`.
pub(super) static PARAMETERS: &[Parameter] = &[
    also("statuses", other("status", Meaning::Status)),
    values("suspension_kind", Field::SuspensionKind),
    values("portal_tier", Field::PortalTier),
    other("user_type", Meaning::UserType),
    flag("is_admin", |yes| Filter::flag(Field::IsAdmin, yes)),
    flag("is_instructor", |yes| Filter::flag(Field::IsInstructor, yes)),
    flag("is_learner", |yes| Filter::flag(Field::IsLearner, yes)),
    flag("email_verified", |yes| Filter::flag(Field::EmailVerified, yes)),
    flag("phone_verified", |yes| Filter::flag(Field::PhoneVerified, yes)),
    flag("has_password", |yes| Filter::flag(Field::HasPassword, yes)),
    flag("has_oauth", |yes| Filter::flag(Field::OauthProviders, yes)),
    flag("mfa_enabled", |yes| Filter::flag(Field::MfaEnabled, yes)),
    flag("must_reset_password", |yes| Filter::flag(Field::MustResetPassword, yes)),
    flag("is_verified", |yes| Filter::flag(Field::IsVerified, yes)),
    flag("id_verified", |yes| Filter::flag(Field::IdVerified, yes)),
    flag("student_verified", |yes| Filter::flag(Field::StudentVerified, yes)),
    flag("support_banned", |yes| Filter::flag(Field::SupportBanned, yes)),
    values("auth_method", Field::AuthMethods),
    values("oauth_provider", Field::OauthProviders),
    also("role", values("roles", Field::Roles)),
    other("permission", Meaning::Permission),
    flag("profile_complete", |yes| Filter::flag(Field::ProfileComplete, yes)),
    other("profile_score_min", Meaning::Min(Field::ProfileScore, 100)),
    other("profile_score_max", Meaning::Max(Field::ProfileScore, 100)),
    flag("has_avatar", |yes| Filter::flag(Field::HasAvatar, yes)),
    flag("has_bio", |yes| Filter::flag(Field::HasBio, yes)),
    flag("has_location", has_location),
    values("country", Field::Country),
    values("continent", Field::Continent),
    values("city", Field::City),
    values("state", Field::State),
    values("designation", Field::Designation),
    values("timezone", Field::TimeZone),
    values("locale", Field::Locale),
    values("gender", Field::Gender),
    values("expertise", Field::Expertise),
    other("age_min", Meaning::MinAge),
    other("age_max", Meaning::MaxAge),
    other("created_after", Meaning::From(Field::CreatedAt)),
    other("created_before", Meaning::Until(Field::CreatedAt)),
    other("created_in_last_days", Meaning::Days(created_in_last_days)),
    other("last_login_after", Meaning::From(Field::LastLoginAt)),
    other("last_login_before", Meaning::Until(Field::LastLoginAt)),
    flag("never_logged_in", |yes| Filter::flag(Field::LastLoginAt, !yes)),
    other("active_in_last_days", Meaning::Days(Filter::active_in_last_days)),
    other("inactive_for_days", Meaning::Days(Filter::inactive_for_days)),
    flag("is_locked", |yes| Filter::locked().negated_if(!yes)),
    other("failed_login_attempts_min", Meaning::Min(Field::FailedLoginAttempts, 1000)),
    other("failed_login_attempts_max", Meaning::Max(Field::FailedLoginAttempts, 1000)),
    flag("has_enrollments", |yes| Filter::flag(Field::Enrollments, yes)),
    other("enrollment_status", Meaning::Enrollment(EnrollmentPart::Status)),
    other("enrolled_program_type", Meaning::Enrollment(EnrollmentPart::ProgramType)),
    other("enrolled_program_ids", Meaning::Enrollment(EnrollmentPart::ProgramIds)),
    other("progress_min", Meaning::Enrollment(EnrollmentPart::MinProgress)),
    other("progress_max", Meaning::Enrollment(EnrollmentPart::MaxProgress)),
    other("total_time_spent_min", Meaning::Min(Field::TotalTimeSpent, MAX_SECONDS)),
    other("last_learning_activity_after", Meaning::From(Field::LastLearningActivityAt)),
    values("unique_id", Field::UniqueId),
    values("external_id", Field::ExternalId),
    values("ids", Field::Id),
    other("deleted_after", Meaning::From(Field::DeletedAt)),
    other("deleted_before", Meaning::Until(Field::DeletedAt)),
    other("purge_before", Meaning::Until(Field::PurgeAfter)),
    values("deletion_state", Field::DeletionState),
    flag("has_legal_hold", |yes| Filter::flag(Field::HasLegalHold, yes)),
    other("suspended_until_before", Meaning::Until(Field::SuspendedUntil)),
];

/// Longest time spent that a filter can ask for: a hundred years.
#[allow(clippy::cast_sign_loss, reason = "a day is a positive number of milliseconds")]
const MAX_SECONDS: u64 = 36_525 * (DAY / 1000) as u64;

/// Users who entered where they are.
pub(super) fn has_location(yes: bool) -> Filter {
    let any = [Field::City, Field::State, Field::Country, Field::HasAddress];
    Filter::Or(any.map(Filter::present).to_vec()).negated_if(!yes)
}

fn created_in_last_days(days: u32) -> Filter {
    Filter::instant(Field::CreatedAt, Some(Moment::days_ago(days)), None)
}

impl Parameter {
    /// Whether several values can be given.
    pub(super) const fn is_list(&self) -> bool {
        matches!(
            self.meaning,
            Meaning::Status
                | Meaning::UserType
                | Meaning::Values(_)
                | Meaning::Permission
                | Meaning::Enrollment(
                    EnrollmentPart::Status
                        | EnrollmentPart::ProgramType
                        | EnrollmentPart::ProgramIds
                )
        )
    }

    /// Whether `.prefix` and `.contains` can be added to the name.
    pub(super) const fn has_patterns(&self) -> bool {
        matches!(self.meaning, Meaning::Values(Field::City | Field::State | Field::Designation))
    }

    /// Whether `_match=all` asks for all values instead of any.
    pub(super) const fn has_match(&self) -> bool {
        matches!(
            self.meaning,
            Meaning::Values(Field::Roles | Field::Expertise)
                | Meaning::Enrollment(EnrollmentPart::ProgramIds)
        )
    }

    /// The name under which the condition is known to facets: that of the field if it has one.
    pub(super) const fn part_name(&self) -> &'static str {
        match self.meaning {
            Meaning::Values(field) => field.name(),
            _ => self.name,
        }
    }
}

impl EnrollmentPart {
    /// The known values, if they are a list.
    pub(super) const fn form(self) -> Form {
        match self {
            Self::Status => Form::OneOf(ENROLLMENT_STATUSES),
            Self::ProgramType => Form::OneOf(PROGRAM_TYPES),
            _ => Form::Text,
        }
    }
}
