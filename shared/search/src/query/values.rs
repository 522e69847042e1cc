//! Which values a text parameter or attribute takes, and their canonical spelling.

use provost_domain::{ApiError, Country, TimeZone, UserId};

use super::{Vocabulary, errors};
use crate::{Field, record::is_present};

/// Maximum length of a text value, in characters.
pub(super) const MAX_TEXT: usize = 256;

pub(super) const STATUSES: &[&str] =
    &["active", "inactive", "suspended", "pending_verification", "deleted"];
pub(super) const USER_TYPES: &[&str] = &["admin", "instructor", "learner"];
pub(super) const ENROLLMENT_STATUSES: &[&str] =
    &["active", "completed", "cancelled", "expired", "suspended"];
pub(super) const PROGRAM_TYPES: &[&str] = &["course", "learning_path", "cohort", "event", "bundle"];
const SUSPENSION_KINDS: &[&str] = &["suspension", "ban"];
const DELETION_STATES: &[&str] =
    &["scheduled", "held", "executing", "erased", "cancelled", "blocked"];
const PORTAL_TIERS: &[&str] = &["free", "paid", "educational", "enterprise"];
const GENDERS: &[&str] = &["male", "female", "other", "undisclosed"];
const CONTINENTS: &[&str] = &["AF", "AN", "AS", "EU", "NA", "OC", "SA"];
const AUTH_METHODS: &[&str] = &["email", "phone", "oauth"];
const OAUTH_PROVIDERS: &[&str] = &["google", "facebook", "github", "apple"];

/// Which values are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One of a list, in this spelling.
    OneOf(&'static [&'static str]),
    /// A continent, in upper or lower case.
    Continent,
    /// A country (ISO 3166-1 alpha-2), in upper or lower case.
    Country,
    /// A time zone of the IANA database.
    TimeZone,
    /// A language tag (BCP 47).
    Locale,
    /// The id or a name of a role; the value becomes the id.
    Role,
    /// The id of a user.
    UserId,
    /// Any text of 1 to 256 characters.
    Text,
}

impl Form {
    /// The values that a field of the index holds.
    pub(super) const fn of(field: Field) -> Self {
        match field {
            Field::Id => Self::UserId,
            Field::Status | Field::StatusBefore => Self::OneOf(STATUSES),
            Field::SuspensionKind => Self::OneOf(SUSPENSION_KINDS),
            Field::DeletionState => Self::OneOf(DELETION_STATES),
            Field::PortalTier => Self::OneOf(PORTAL_TIERS),
            Field::Gender => Self::OneOf(GENDERS),
            Field::AuthMethods => Self::OneOf(AUTH_METHODS),
            Field::OauthProviders => Self::OneOf(OAUTH_PROVIDERS),
            Field::Continent => Self::Continent,
            Field::Country => Self::Country,
            Field::TimeZone => Self::TimeZone,
            Field::Locale => Self::Locale,
            Field::Roles => Self::Role,
            _ => Self::Text,
        }
    }

    /// The canonical spelling of a value.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `place` for a value that is not known.
    pub(super) fn check(
        self,
        place: &str,
        text: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<String, ApiError> {
        if !is_present(text) {
            return Err(errors::empty(place));
        }
        let known = match self {
            Self::OneOf(values) => {
                return one_of(values, place, text).map(str::to_owned);
            }
            Self::Continent => {
                return one_of(CONTINENTS, place, &text.to_ascii_uppercase()).map(str::to_owned);
            }
            Self::Role => {
                let names = vocabulary.roles.iter().flat_map(|role| role.names.iter());
                let known = vocabulary.role(text).map(str::to_owned);
                return known
                    .ok_or_else(|| errors::unknown_value(place, text, names.map(String::as_str)));
            }
            Self::Country => {
                text.parse::<Country>().map(|country| country.as_str().to_owned()).ok()
            }
            Self::TimeZone => text.parse::<TimeZone>().map(|zone| zone.to_string()).ok(),
            Self::Locale => is_language_tag(text).then(|| text.to_owned()),
            Self::UserId => text.parse::<UserId>().map(|id| id.to_string()).ok(),
            Self::Text => (text.chars().count() <= MAX_TEXT).then(|| text.to_owned()),
        };
        known.ok_or_else(|| errors::invalid(place, self.sentence()))
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Country => {
                "This country is not known. Use a two-letter code of ISO 3166-1, such as BD."
            }
            Self::TimeZone => {
                "This time zone is not known. Use a name of the IANA database, such as Asia/Dhaka."
            }
            Self::Locale => "This is not a language tag. Use the form of BCP 47, such as bn-BD.",
            Self::UserId => "This is not the id of a user. Ids have the form usr_01ARZ3….",
            Self::Text | Self::OneOf(_) | Self::Continent | Self::Role => {
                "This text is too long. Use at most 256 characters."
            }
        }
    }
}

/// The value, if it is one of the list.
///
/// # Errors
/// `VALIDATION_FAILED` on `place`, with the list.
pub(super) fn one_of(
    values: &'static [&'static str],
    place: &str,
    text: &str,
) -> Result<&'static str, ApiError> {
    let found = values.iter().copied().find(|value| *value == text);
    found.ok_or_else(|| errors::unknown_value(place, text, values.iter().copied()))
}

/// Whether a text has the form of a language tag: a language, then parts of 1 to 8 letters or
/// digits.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        && text.len() <= 35
}
