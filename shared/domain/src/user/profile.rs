//! The profile of a user, beyond what access decisions need: date of birth, address, billing,
//! settings.

mod completeness;
mod social_links;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ApiError, Country, Timestamp, stored_enum::stored_enum};
pub use completeness::Completeness;
pub use social_links::SocialLinks;

/// Maximum length of a name, of a state or of a region, in characters.
pub const MAX_NAME: usize = 64;
/// Maximum length of an address line, in characters.
pub const MAX_ADDRESS: usize = 256;
/// Maximum length of a company or city, in characters.
pub const MAX_PLACE: usize = 128;
/// Maximum length of a postal code, in characters.
pub const MAX_POSTAL_CODE: usize = 20;

stored_enum! {
    /// Gender that a user states.
    #[derive(PartialOrd, Ord)]
    pub enum Gender {
        /// Male.
        Male = "male",
        /// Female.
        Female = "female",
        /// Another gender.
        Other = "other",
        /// The user does not state it.
        Undisclosed = "undisclosed",
    }
}

/// Profile of a user. Every field can be absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// Date of birth (`YYYY-MM-DD`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// First line of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Second line of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address2: Option<String>,
    /// Company for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_company: Option<String>,
    /// City for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_city: Option<String>,
    /// State or region for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_state: Option<String>,
    /// Postal code for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_zip: Option<String>,
    /// Country for billing (ISO 3166-1 alpha-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_country: Option<Country>,
    /// URL of the avatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Storage key of the uploaded avatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_key: Option<String>,
    /// Biography, written by the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Summary of the professional background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub professional_summary: Option<String>,
    /// Position or job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub designation: Option<String>,
    /// Areas of expertise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expertise: Vec<String>,
    /// Gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Country (ISO 3166-1 alpha-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Time zone by its name in the IANA database, such as `Asia/Dhaka`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Locale as a BCP 47 language tag, such as `bn-BD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Links to pages about the user.
    #[serde(skip_serializing_if = "SocialLinks::is_empty")]
    pub social: SocialLinks,
    /// Id of the organisation that the user works in at the moment. Ignored when the user is no
    /// longer a member of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_organisation: Option<crate::OrganisationId>,
    /// Settings of the user's portal: theme, locale, editor and notifications.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Value>,
    /// Limits of the plan, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, Value>,
}

impl Profile {
    /// Age in full years, if the date of birth is known.
    pub fn age(&self, now: Timestamp) -> Option<u8> {
        self.date_of_birth.as_deref().and_then(|born| age(born, now))
    }

    /// Whether the user is known to be below the age of digital consent of their country.
    pub fn is_child(&self, now: Timestamp) -> bool {
        self.age(now).is_some_and(|years| years < consent_age(self.billing_country.as_ref()))
    }
}

/// The age in full years, on the date in UTC.
pub fn age(date_of_birth: &str, now: Timestamp) -> Option<u8> {
    age_on(date_of_birth, now.date().parse().ok()?)
}

/// The age in full years on a date. Somebody born on 29 February is a year older on 1 March of a
/// common year.
pub fn age_on(date_of_birth: &str, today: jiff::civil::Date) -> Option<u8> {
    let born: jiff::civil::Date = date_of_birth.parse().ok()?;
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    u8::try_from(today.year() - born.year() - i16::from(!had_birthday)).ok()
}

/// The age of digital consent: 13, or the country's own under Article 8 of Regulation (EU) 2016/679
/// and comparable national law.
pub fn consent_age(country: Option<&Country>) -> u8 {
    match country.map(Country::as_str) {
        Some("DE" | "HR" | "HU" | "IE" | "LU" | "NL" | "PL" | "RO" | "SK") => 16,
        Some("CZ" | "FR" | "GR" | "SI") => 15,
        Some("AT" | "BG" | "CY" | "ES" | "IT" | "LT") => 14,
        _ => 13,
    }
}

/// Reads a date of birth: a real day, not in the future, at most 122 years ago (the longest life on
/// record).
///
/// # Errors
/// `VALIDATION_FAILED` on `dateOfBirth`.
pub fn date_of_birth(text: &str, now: Timestamp) -> Result<String, ApiError> {
    let wanted = || {
        ApiError::field(
            "dateOfBirth",
            "invalid",
            "This is not a valid date of birth. Enter a past date as YYYY-MM-DD.",
        )
    };
    let born: jiff::civil::Date = text.parse().map_err(|_| wanted())?;
    if text.len() != 10 {
        return Err(wanted());
    }
    let text = born.to_string();
    match age(&text, now) {
        Some(years) if years <= 122 && text <= now.date() => Ok(text),
        _ => Err(wanted()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_increases_at_the_start_of_the_birthday() {
        let on = |day: &str| day.parse::<Timestamp>().unwrap();
        assert_eq!(age("2010-11-20", on("2026-11-19")), Some(15));
        assert_eq!(age("2010-11-20", on("2026-11-20")), Some(16));
        assert_eq!(age("2012-02-29", on("2026-02-28")), Some(13));
        assert_eq!(age("2012-02-29", on("2026-03-01")), Some(14));
    }

    #[test]
    fn a_date_of_birth_is_a_valid_day_in_the_past() {
        let now = "2026-11-20".parse().unwrap();
        assert!(date_of_birth("1990-02-30", now).is_err());
        assert!(date_of_birth("2027-01-01", now).is_err());
        assert!(date_of_birth("1890-01-01", now).is_err());
        assert!(date_of_birth("1990-1-1", now).is_err());
        assert!(date_of_birth("1990-01-01", now).is_ok());
    }
}
