//! Settings of the deployment that staff may change while it runs: one small item.

use std::collections::BTreeMap;

use provost_domain::{ApiError, Code, Country, Timestamp, deletion, profile};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    item::{Key, decode},
};

/// The settings; absent fields have their defaults.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Whether registration is open.
    pub registration_open: bool,
    /// Countries from which registration is not possible.
    pub blocked_countries: Vec<Country>,
    /// Countries where a date of birth is required to register.
    pub birth_date_countries: Vec<Country>,
    /// The minimum age to register, by country.
    pub minimum_ages: BTreeMap<Country, u8>,
    /// Whether organisations may manage DNS zones here.
    pub dns: bool,
    /// Days between a deletion request and the erasure, 0–365.
    pub deletion_grace_days: i64,
    /// Days between the decision on a verification and the removal of its images, 0–3650.
    pub verification_retention_days: i64,
    /// The rules that detect fraud.
    #[serde(deserialize_with = "crate::fraud_rules::read")]
    pub fraud: provost_domain::fraud::RuleSet,
}

/// Images of a decided verification are kept this many days unless the settings say otherwise.
pub const DEFAULT_RETENTION_DAYS: i64 = 30;

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration_open: true,
            dns: true,
            blocked_countries: Vec::new(),
            birth_date_countries: Vec::new(),
            minimum_ages: BTreeMap::new(),
            deletion_grace_days: deletion::DEFAULT_GRACE_DAYS,
            verification_retention_days: DEFAULT_RETENTION_DAYS,
            fraud: provost_domain::fraud::RuleSet::default(),
        }
    }
}

impl Settings {
    /// Whether a user from this country, with this date of birth, may register.
    ///
    /// # Errors
    /// `REGISTRATION_DISABLED`; `VALIDATION_FAILED` on `dateOfBirth` when it is required or too
    /// late, and on `billingCountry` when rules depend on the country and none is known.
    pub fn check_registration(
        &self,
        country: Option<&Country>,
        date_of_birth: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        if !self.registration_open {
            return Err(ApiError::new(
                Code::RegistrationDisabled,
                "Registration is closed. Try again later.",
            ));
        }
        match country {
            None if !self.blocked_countries.is_empty() => Err(which_country()),
            Some(country) if self.blocked_countries.contains(country) => Err(ApiError::new(
                Code::RegistrationDisabled,
                "Registration is not available in your country. Contact support if you have questions.",
            )),
            _ => self.check_age(country, date_of_birth, now),
        }
    }

    /// Whether a user from this country may have this date of birth, or none.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `dateOfBirth` when it is required or too late, and on
    /// `billingCountry` when the age depends on the country and none is known.
    pub fn check_age(
        &self,
        country: Option<&Country>,
        date_of_birth: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let Some(country) = country else {
            return if self.minimum_ages.is_empty() && self.birth_date_countries.is_empty() {
                Ok(())
            } else {
                Err(which_country())
            };
        };
        let least = self.minimum_ages.get(country);
        let Some(born) = date_of_birth else {
            if least.is_none() && !self.birth_date_countries.contains(country) {
                return Ok(());
            }
            return Err(ApiError::field(
                "dateOfBirth",
                "required",
                "Your country requires a date of birth. Enter it as YYYY-MM-DD.",
            ));
        };
        match (least, profile::age(born, now)) {
            (Some(least), Some(age)) if age < *least => Err(ApiError::field(
                "dateOfBirth",
                "too_young",
                format!("This age is too low. The minimum age in your country is {least}."),
            )),
            _ => Ok(()),
        }
    }
}

/// The error when rules depend on the country and none is known.
fn which_country() -> ApiError {
    ApiError::field(
        "billingCountry",
        "required",
        "The rules depend on your country. Enter its two-letter code.",
    )
}

/// The key of the settings.
pub fn key() -> Key {
    Key::new("SETTINGS", "CURRENT")
}

impl Store {
    /// Reads the settings.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn settings(&self) -> Result<Settings, StoreError> {
        let call = self
            .dynamo
            .get_item()
            .table_name(&self.names.catalogue)
            .set_key(Some(key().attributes()));
        let found = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading the settings", cause))?;
        found.item.map_or_else(|| Ok(Settings::default()), |item| decode("settings", item))
    }
}
