//! The rules for registration.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, Code, Country, Timestamp, profile};

/// Rules for registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationRules {
    /// Whether registration is open.
    pub open: bool,
    /// Countries from which registration is not possible.
    pub blocked_countries: Vec<Country>,
    /// Countries where a date of birth is required to register.
    pub birth_date_countries: Vec<Country>,
    /// Minimum age to register, 0 to 120 years, by country.
    pub minimum_ages: BTreeMap<Country, u8>,
}

impl RegistrationRules {
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
        if !self.open {
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
