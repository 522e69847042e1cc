//! The settings that staff change while the platform runs: their names, values and defaults.

mod registration;

use std::{collections::BTreeMap, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, bulk::BulkApproval, deletion, fraud::RuleSet, mail::content::Brand,
    password::PasswordPolicy, stored_enum::stored_enum,
};
pub use registration::RegistrationRules;

/// Days for which the images of a decided verification are kept by default.
pub const DEFAULT_IMAGE_DAYS: i64 = 30;

/// The name of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingName {
    /// Who may register.
    Registration,
    /// Features that are on.
    Features,
    /// The policy for new passwords.
    Passwords,
    /// Whether staff need a second factor.
    StaffSecondFactor,
    /// How long data is kept.
    Retention,
    /// The rules that detect fraud.
    FraudRules,
    /// How emails look.
    Brand,
    /// Which bulk actions a second person must approve.
    BulkApproval,
}

impl SettingName {
    /// All settings, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Registration,
        Self::Features,
        Self::Passwords,
        Self::StaffSecondFactor,
        Self::Retention,
        Self::FraudRules,
        Self::Brand,
        Self::BulkApproval,
    ];

    /// The name in paths and in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Features => "features",
            Self::Passwords => "passwords",
            Self::StaffSecondFactor => "staffSecondFactor",
            Self::Retention => "retention",
            Self::FraudRules => "fraudRules",
            Self::Brand => "brand",
            Self::BulkApproval => "bulkApproval",
        }
    }

    /// What the setting decides, in a sentence.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Registration => {
                "Who may register: whether registration is open, and rules by country. Applies to the next registration."
            }
            Self::Features => "Features that are on. Applies to the next request.",
            Self::Passwords => "The policy for new passwords. Existing passwords stay valid.",
            Self::StaffSecondFactor => {
                "Whether staff need a second factor. Staff without one lose access to staff routes within ten minutes, until they set it up and sign in again. An API key is restricted from the next sign-in or token refresh of its user."
            }
            Self::Retention => {
                "How long data is kept. Applies to deletion requests and verification decisions from now on."
            }
            Self::FraudRules => "The rules that detect fraud. Applies to the next scan.",
            Self::Brand => {
                "How emails look: name, logo, colour and footer. Applies to the next email. The deployment may set another display name for the sender (`MailFromName`)."
            }
            Self::BulkApproval => {
                "Which bulk actions a second person must approve: those that change more users than the threshold, or any staff member. Null turns approvals off, also for staff. Applies to the next bulk action that is started."
            }
        }
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SettingName {
    type Err = ApiError;
    fn from_str(text: &str) -> Result<Self, ApiError> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| ApiError::missing("setting"))
    }
}

/// Features that are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Features {
    /// Whether organisations may manage DNS zones.
    pub dns: bool,
}

stored_enum! {
    /// A policy for new passwords.
    pub enum PasswordRule {
        /// 8 to 128 characters with upper case, lower case, digit and symbol.
        Composed = "composed",
        /// 15 to 128 characters of any kind (NIST SP 800-63B-4).
        LengthOnly = "length-only",
    }
}

/// The policy for new passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
// Required but nullable, which schemars cannot express.
#[schemars(extend("required" = ["policy"]))]
pub struct PasswordRules {
    /// Policy for new passwords; null for the policy of the deployment (`PasswordPolicy`).
    #[serde(deserialize_with = "Option::deserialize")]
    pub policy: Option<PasswordRule>,
}

impl PasswordRules {
    /// The policy, where the deployment has this one. A policy of a later release counts as the
    /// deployment's.
    pub fn or(self, deployment: PasswordPolicy) -> PasswordPolicy {
        match self.policy {
            Some(PasswordRule::Composed) => PasswordPolicy::Composed,
            Some(PasswordRule::LengthOnly) => PasswordPolicy::LengthOnly,
            Some(PasswordRule::Unknown(_)) | None => deployment,
        }
    }
}

/// Whether staff need a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaffSecondFactor {
    /// Whether staff need a second factor.
    pub required: bool,
}

/// How long data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retention {
    /// Days between a deletion request and the erasure, 0 to 365.
    #[schemars(range(min = 0, max = 365))]
    pub deletion_grace_days: i64,
    /// Days between the decision on a verification and the removal of its images, 0 to 3650.
    #[schemars(range(min = 0, max = 3650))]
    pub verification_image_days: i64,
}

/// How emails look: what staff enter for a [`Brand`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrandRules {
    /// Name of the brand, up to 64 characters.
    pub name: String,
    /// URL of the logo, with https; null for none.
    #[serde(default)]
    pub logo_url: Option<String>,
    /// Colour of headings and buttons, as `#rrggbb`.
    pub colour: String,
    /// Text below every email, such as the address of the company, up to 500 characters; null for
    /// none.
    #[serde(default)]
    pub footer: Option<String>,
}

impl BrandRules {
    /// The brand in the form in which it is stored, if its parts are valid.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field below `value`.
    pub fn checked(self) -> Result<Self, ApiError> {
        Brand::from(self).checked().map(Self::from).map_err(|mut error| {
            for field in &mut error.fields {
                field.field = format!("value.{}", field.field);
            }
            error
        })
    }
}

impl From<BrandRules> for Brand {
    fn from(rules: BrandRules) -> Self {
        let BrandRules { name, logo_url, colour, footer } = rules;
        Self { name, logo_url, colour, footer }
    }
}

impl From<Brand> for BrandRules {
    fn from(brand: Brand) -> Self {
        let Brand { name, logo_url, colour, footer } = brand;
        Self { name, logo_url, colour, footer }
    }
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// Of [`SettingName::Registration`].
    Registration(RegistrationRules),
    /// Of [`SettingName::Features`].
    Features(Features),
    /// Of [`SettingName::Passwords`].
    Passwords(PasswordRules),
    /// Of [`SettingName::StaffSecondFactor`].
    StaffSecondFactor(StaffSecondFactor),
    /// Of [`SettingName::Retention`].
    Retention(Retention),
    /// Of [`SettingName::FraudRules`].
    FraudRules(RuleSet),
    /// Of [`SettingName::Brand`].
    Brand(BrandRules),
    /// Of [`SettingName::BulkApproval`].
    BulkApproval(BulkApproval),
}

impl SettingValue {
    /// The name of the setting.
    pub const fn name(&self) -> SettingName {
        match self {
            Self::Registration(_) => SettingName::Registration,
            Self::Features(_) => SettingName::Features,
            Self::Passwords(_) => SettingName::Passwords,
            Self::StaffSecondFactor(_) => SettingName::StaffSecondFactor,
            Self::Retention(_) => SettingName::Retention,
            Self::FraudRules(_) => SettingName::FraudRules,
            Self::Brand(_) => SettingName::Brand,
            Self::BulkApproval(_) => SettingName::BulkApproval,
        }
    }

    /// The default of a setting.
    pub fn default_of(name: SettingName) -> Self {
        match name {
            SettingName::Registration => Self::Registration(RegistrationRules {
                open: true,
                blocked_countries: Vec::new(),
                birth_date_countries: Vec::new(),
                minimum_ages: BTreeMap::new(),
            }),
            SettingName::Features => Self::Features(Features { dns: true }),
            SettingName::Passwords => Self::Passwords(PasswordRules { policy: None }),
            SettingName::StaffSecondFactor => {
                Self::StaffSecondFactor(StaffSecondFactor { required: false })
            }
            SettingName::Retention => Self::Retention(Retention {
                deletion_grace_days: deletion::DEFAULT_GRACE_DAYS,
                verification_image_days: DEFAULT_IMAGE_DAYS,
            }),
            SettingName::FraudRules => Self::FraudRules(RuleSet::default().in_full()),
            SettingName::Brand => Self::Brand(Brand::default().into()),
            SettingName::BulkApproval => Self::BulkApproval(BulkApproval::default()),
        }
    }

    /// The fields as JSON, as the API shows them and the audit log compares them.
    pub fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
        let value = match self {
            Self::Registration(value) => serde_json::to_value(value),
            Self::Features(value) => serde_json::to_value(value),
            Self::Passwords(value) => serde_json::to_value(value),
            Self::StaffSecondFactor(value) => serde_json::to_value(value),
            Self::Retention(value) => serde_json::to_value(value),
            Self::FraudRules(value) => serde_json::to_value(value),
            Self::Brand(value) => serde_json::to_value(value),
            Self::BulkApproval(value) => serde_json::to_value(value),
        };
        match value {
            Ok(serde_json::Value::Object(mut fields)) => {
                // The version is that of the setting.
                fields.remove("version");
                fields
            }
            _ => serde_json::Map::new(),
        }
    }

    /// Checks that the values are in range.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field below `value`.
    pub fn check(&self) -> Result<(), ApiError> {
        match self {
            Self::Registration(rules) => {
                let most = 300;
                for (field, countries) in [
                    ("blockedCountries", &rules.blocked_countries),
                    ("birthDateCountries", &rules.birth_date_countries),
                ] {
                    if countries.len() > most {
                        return Err(ApiError::field(
                            format!("value.{field}"),
                            "too_long",
                            format!("There are too many countries. Enter at most {most}."),
                        ));
                    }
                }
                match rules.minimum_ages.iter().find(|(_, age)| **age > 120) {
                    Some((country, _)) => Err(out_of_range(
                        &format!("minimumAges.{}", country.as_str()),
                        0,
                        120,
                        "years",
                    )),
                    None => Ok(()),
                }
            }
            Self::Retention(retention) => {
                if !(0..=365).contains(&retention.deletion_grace_days) {
                    return Err(out_of_range("deletionGraceDays", 0, 365, "days"));
                }
                if !(0..=3650).contains(&retention.verification_image_days) {
                    return Err(out_of_range("verificationImageDays", 0, 3650, "days"));
                }
                Ok(())
            }
            Self::FraudRules(rules) => rules.check().map_err(|mut error| {
                for field in &mut error.fields {
                    field.field = field.field.replacen("rules.", "value.", 1);
                }
                error
            }),
            Self::Brand(rules) => rules.clone().checked().map(drop),
            Self::BulkApproval(rule) => rule.check(),
            Self::Features(_) | Self::Passwords(_) | Self::StaffSecondFactor(_) => Ok(()),
        }
    }
}

fn out_of_range(field: &str, least: u32, most: u32, unit: &str) -> ApiError {
    ApiError::field(
        format!("value.{field}"),
        "out_of_range",
        format!("This number is out of range. Enter {least} to {most} {unit}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_has_a_valid_default_of_its_own_name() {
        for name in SettingName::ALL {
            let default = SettingValue::default_of(name);
            assert_eq!((default.name(), default.check()), (name, Ok(())));
            assert_eq!(name.as_str().parse(), Ok(name));
            assert!(!default.fields().is_empty(), "{name}");
        }
        assert!("Registration".parse::<SettingName>().is_err());
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        let retention = |deletion_grace_days, verification_image_days| {
            SettingValue::Retention(Retention { deletion_grace_days, verification_image_days })
                .check()
                .map_err(|error| error.fields[0].field.clone())
        };
        assert_eq!(retention(0, 0), Ok(()));
        assert_eq!(retention(365, 3650), Ok(()));
        assert_eq!(retention(366, 0), Err("value.deletionGraceDays".to_owned()));
        assert_eq!(retention(-1, 0), Err("value.deletionGraceDays".to_owned()));
        assert_eq!(retention(0, 3651), Err("value.verificationImageDays".to_owned()));
        let rules = RuleSet { raise_at: 0, ..RuleSet::default() };
        let refused = SettingValue::FraudRules(rules).check().unwrap_err();
        assert_eq!(refused.fields[0].field, "value.raiseAt");
    }

    #[test]
    fn a_password_policy_of_a_later_release_counts_as_the_deployments() {
        let read = |text: &str| serde_json::from_str::<PasswordRules>(text).unwrap();
        let later = read(r#"{"policy": "passkeys-only"}"#);
        assert_eq!(later.or(PasswordPolicy::LengthOnly), PasswordPolicy::LengthOnly);
        assert_eq!(
            read(r#"{"policy": "length-only"}"#).or(PasswordPolicy::Composed),
            PasswordPolicy::LengthOnly
        );
        assert_eq!(
            read(r#"{"policy": null}"#).or(PasswordPolicy::LengthOnly),
            PasswordPolicy::LengthOnly
        );
    }
}
