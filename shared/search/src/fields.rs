//! The catalogue of indexed fields: name, kind, and what a query may do with each.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a field holds, and so which terms apply to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text that identifies one user. Compared without regard to case, but to everything else:
    /// an accent distinguishes two addresses.
    Identifier,
    /// A text that identifies one user in another system. Compared code point by code point; the
    /// search box finds it without regard to case too.
    Exact,
    /// A phone number. Compared by its digits.
    Phone,
    /// A text that people write. Compared by its normal form, without regard to case and accents.
    Text,
    /// One of a limited number of texts, or none. Compared by its normal form.
    Keyword,
    /// A list of such texts; a test applies to any of them.
    Keywords,
    /// A list of such texts of which each may end at a time. A text that has ended is not there.
    TimedKeywords,
    /// Yes or no.
    Flag,
    /// A whole number, or none.
    Number,
    /// A point in time to the millisecond, or none.
    Instant,
    /// A date without a time, or none.
    Date,
    /// The list of enrolments.
    Enrollments,
}

/// What a query may do with a field, besides filtering by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uses {
    /// Values can be counted as a facet.
    pub facet: bool,
    /// Results can be sorted by it.
    pub sort: bool,
    /// Its values can be listed by what they begin with or contain.
    pub suggest: bool,
    /// The search box looks at it.
    pub search: bool,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal: $kind:ident $([$($uses:ident),+])?;)*) => {
        /// A field of the index.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $field,)*
        }

        impl Field {
            /// Every field, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$field,)*];

            /// The name of the field in queries, in snake case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$field => $name,)* }
            }

            /// What the field holds.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$field => Kind::$kind,)* }
            }

            /// What a query may do with the field, besides filtering by it.
            pub const fn uses(self) -> Uses {
                match self { $(Self::$field => {
                    #[allow(unused_mut, reason = "a field without further uses has none to set")]
                    let mut uses = Uses {
                        facet: false, sort: false, suggest: false, search: false,
                    };
                    $($(uses.$uses = true;)+)?
                    uses
                })* }
            }
        }
    };
}

fields! {
    /// The id of the user.
    Id = "id": Identifier [search];
    /// The short unique identifier for staff and other systems.
    UniqueId = "unique_id": Identifier [search, sort];
    /// The identifier of the user in another system.
    ExternalId = "external_id": Exact [search];
    /// The display name.
    Name = "name": Text [search, sort];
    /// The sign-in name.
    Username = "username": Identifier [search, sort];
    /// The email address.
    Email = "email": Identifier [search, sort];
    /// The phone number.
    Phone = "phone": Phone [search];

    /// The status of the account.
    Status = "status": Keyword [facet, sort];
    /// Whether a suspension is a `suspension` or a `ban`; absent when the user is not suspended.
    SuspensionKind = "suspension_kind": Keyword [facet];
    /// The status that a suspended user has again when the suspension ends.
    StatusBefore = "status_before": Keyword;
    /// The state of a pending deletion.
    DeletionState = "deletion_state": Keyword [facet];
    /// The portal tier.
    PortalTier = "portal_tier": Keyword [facet];
    /// The gender that the user stated.
    Gender = "gender": Keyword [facet, suggest];
    /// The country (ISO 3166-1 alpha-2).
    Country = "country": Keyword [facet, suggest];
    /// The continent, by two letters.
    Continent = "continent": Keyword [facet, suggest];
    /// The state or region.
    State = "state": Keyword [facet, suggest];
    /// The city.
    City = "city": Keyword [facet, suggest];
    /// The time zone (IANA).
    TimeZone = "timezone": Keyword [facet, suggest];
    /// The locale (BCP 47).
    Locale = "locale": Keyword [facet, suggest];
    /// The job title.
    Designation = "designation": Keyword [facet, suggest];

    /// What the user is an expert in.
    Expertise = "expertise": Keywords [facet, suggest];
    /// The ids of all roles, built-in and custom.
    Roles = "roles": Keywords [facet, suggest];
    /// How the user can sign in: `email`, `phone`, `oauth`.
    AuthMethods = "auth_methods": Keywords [facet];
    /// The linked sign-in providers.
    OauthProviders = "oauth_providers": Keywords [facet, suggest];
    /// The permissions granted to the user directly.
    Grants = "grants": TimedKeywords [facet];
    /// The permissions denied to the user directly.
    Denials = "denials": TimedKeywords [facet];

    /// Administrator type.
    IsAdmin = "is_admin": Flag [facet];
    /// Instructor type.
    IsInstructor = "is_instructor": Flag [facet];
    /// Learner type.
    IsLearner = "is_learner": Flag [facet];
    /// The email address was confirmed.
    EmailVerified = "email_verified": Flag [facet];
    /// The phone number was confirmed.
    PhoneVerified = "phone_verified": Flag [facet];
    /// A password is set.
    HasPassword = "has_password": Flag [facet];
    /// A second factor is enabled.
    MfaEnabled = "mfa_enabled": Flag [facet];
    /// The password must be changed at the next sign-in.
    MustResetPassword = "must_reset_password": Flag [facet];
    /// The user has an avatar.
    HasAvatar = "has_avatar": Flag [facet];
    /// The user wrote a biography that is not blank.
    HasBio = "has_bio": Flag [facet];
    /// The user entered an address that is not blank.
    HasAddress = "has_address": Flag [facet];
    /// No required part of the profile is missing.
    ProfileComplete = "profile_complete": Flag [facet];
    /// The account is under a legal hold.
    HasLegalHold = "has_legal_hold": Flag [facet];
    /// The verified badge.
    IsVerified = "is_verified": Flag [facet];
    /// Identity verified by documents.
    IdVerified = "id_verified": Flag [facet];
    /// Student status verified.
    StudentVerified = "student_verified": Flag [facet];
    /// The user is banned from support.
    SupportBanned = "support_banned": Flag [facet];

    /// How complete the profile is, 0–100.
    ProfileScore = "profile_score": Number;
    /// Failed sign-ins since the last success.
    FailedLoginAttempts = "failed_login_attempts": Number;
    /// Time spent in all programs, in seconds.
    TotalTimeSpent = "total_time_spent": Number;
    /// Storage used, in bytes.
    StorageUsed = "storage_used": Number [sort];

    /// When the account was created.
    CreatedAt = "created_at": Instant [sort];
    /// When the user was last changed.
    UpdatedAt = "updated_at": Instant [sort];
    /// When the user last signed in.
    LastLoginAt = "last_login_at": Instant [sort];
    /// When the user last sent an authenticated request.
    LastActiveAt = "last_active_at": Instant [sort];
    /// When a lock after failed sign-ins ends.
    LockedUntil = "locked_until": Instant;
    /// When a suspension ends.
    SuspendedUntil = "suspended_until": Instant;
    /// When the account was deleted.
    DeletedAt = "deleted_at": Instant [sort];
    /// When a deleted account is erased.
    PurgeAfter = "purge_after": Instant [sort];
    /// When the user last learned anything.
    LastLearningActivityAt = "last_learning_activity_at": Instant;

    /// The date of birth.
    DateOfBirth = "date_of_birth": Date;

    /// The enrolments in programs.
    Enrollments = "enrollments": Enrollments;
}

/// No field has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a field of the user index")]
pub struct UnknownField(pub String);

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(name: &str) -> Result<Self, UnknownField> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.name() == name)
            .ok_or_else(|| UnknownField(name.to_owned()))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_has_a_name_of_its_own_that_reads_back() {
        let names: BTreeSet<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        assert_eq!(names.len(), Field::ALL.len());
        for field in Field::ALL {
            assert_eq!(field.name().parse(), Ok(*field));
        }
        assert_eq!("password".parse::<Field>(), Err(UnknownField("password".to_owned())));
    }
}
