//! Settings of the deployment that staff may change while it runs: one small item, with a version
//! for each setting.

pub mod system_keys;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    Country,
    bulk::{BulkApproval, DEFAULT_BULK_THRESHOLD},
    deletion,
    setting::{
        DEFAULT_IMAGE_DAYS, Features, PasswordRule, PasswordRules, RegistrationRules, Retention,
        SettingName, SettingValue, StaffSecondFactor,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, n, s},
    transaction::Condition,
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
    /// The policy for new passwords; absent for that of the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<PasswordRule>,
    /// Whether staff need a second factor.
    pub staff_second_factor: bool,
    /// Days between a deletion request and the erasure, 0–365.
    pub deletion_grace_days: i64,
    /// Days between the decision on a verification and the removal of its images, 0–3650.
    pub verification_retention_days: i64,
    /// The rules that detect fraud.
    #[serde(deserialize_with = "crate::fraud::stored_rules::read")]
    pub fraud: provost_domain::fraud::RuleSet,
    /// Version of the registration rules.
    pub registration_version: u64,
    /// Version of the features.
    pub features_version: u64,
    /// Version of the password policy.
    pub passwords_version: u64,
    /// Version of the rule about the second factor of staff.
    pub staff_second_factor_version: u64,
    /// Version of the retention times.
    pub retention_version: u64,
    /// How emails look.
    pub brand: provost_domain::mail::content::Brand,
    /// Version of the brand.
    pub brand_version: u64,
    /// Number of users up to which a bulk action needs no approval; none if no bulk action needs it.
    pub bulk_approval_threshold: Option<u64>,
    /// Version of the rule about approvals.
    pub bulk_approval_version: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration_open: true,
            dns: true,
            blocked_countries: Vec::new(),
            birth_date_countries: Vec::new(),
            minimum_ages: BTreeMap::new(),
            deletion_grace_days: deletion::DEFAULT_GRACE_DAYS,
            verification_retention_days: DEFAULT_IMAGE_DAYS,
            fraud: provost_domain::fraud::RuleSet::default(),
            password_policy: None,
            staff_second_factor: false,
            registration_version: 1,
            features_version: 1,
            passwords_version: 1,
            staff_second_factor_version: 1,
            retention_version: 1,
            brand: provost_domain::mail::content::Brand::default(),
            brand_version: 1,
            bulk_approval_threshold: Some(DEFAULT_BULK_THRESHOLD),
            bulk_approval_version: 1,
        }
    }
}

impl Settings {
    /// The value of a setting.
    pub fn value(&self, name: SettingName) -> SettingValue {
        match name {
            SettingName::Registration => SettingValue::Registration(self.registration()),
            SettingName::Features => SettingValue::Features(Features { dns: self.dns }),
            SettingName::Passwords => SettingValue::Passwords(self.passwords()),
            SettingName::StaffSecondFactor => SettingValue::StaffSecondFactor(StaffSecondFactor {
                required: self.staff_second_factor,
            }),
            SettingName::Retention => SettingValue::Retention(Retention {
                deletion_grace_days: self.deletion_grace_days,
                verification_image_days: self.verification_retention_days,
            }),
            SettingName::FraudRules => SettingValue::FraudRules(self.fraud.clone().in_full()),
            SettingName::Brand => SettingValue::Brand(self.brand.clone().into()),
            SettingName::BulkApproval => SettingValue::BulkApproval(self.bulk_approval()),
        }
    }

    /// The version of a setting: 1 until it is changed for the first time.
    pub const fn version(&self, name: SettingName) -> u64 {
        match name {
            SettingName::Registration => self.registration_version,
            SettingName::Features => self.features_version,
            SettingName::Passwords => self.passwords_version,
            SettingName::StaffSecondFactor => self.staff_second_factor_version,
            SettingName::Retention => self.retention_version,
            SettingName::FraudRules => self.fraud.version,
            SettingName::Brand => self.brand_version,
            SettingName::BulkApproval => self.bulk_approval_version,
        }
    }

    /// The rules for registration.
    pub fn registration(&self) -> RegistrationRules {
        RegistrationRules {
            open: self.registration_open,
            blocked_countries: self.blocked_countries.clone(),
            birth_date_countries: self.birth_date_countries.clone(),
            minimum_ages: self.minimum_ages.clone(),
        }
    }

    /// The policy for new passwords.
    pub const fn passwords(&self) -> PasswordRules {
        PasswordRules { policy: self.password_policy }
    }

    /// Which bulk actions a second person must approve.
    pub const fn bulk_approval(&self) -> BulkApproval {
        BulkApproval { threshold: self.bulk_approval_threshold }
    }
}

/// The key of the settings.
pub fn key() -> Key {
    Key::new("SETTINGS", "CURRENT")
}

/// Placeholders for the attributes of one setting, which has at most four, and for their values.
const PLACEHOLDERS: [(&str, &str); 4] =
    [("#f0", ":f0"), ("#f1", ":f1"), ("#f2", ":f2"), ("#f3", ":f3")];

/// The attribute with the version of a setting; the fraud rules contain their version.
const fn version_attribute(name: SettingName) -> Option<&'static str> {
    match name {
        SettingName::Registration => Some("registrationVersion"),
        SettingName::Features => Some("featuresVersion"),
        SettingName::Passwords => Some("passwordsVersion"),
        SettingName::StaffSecondFactor => Some("staffSecondFactorVersion"),
        SettingName::Retention => Some("retentionVersion"),
        SettingName::Brand => Some("brandVersion"),
        SettingName::BulkApproval => Some("bulkApprovalVersion"),
        SettingName::FraudRules => None,
    }
}

impl Transaction {
    /// Changes a setting and increments its version, on condition that it is still `before`. Other
    /// settings are not touched. The fraud rules are changed by
    /// [`save_fraud_rules`](Self::save_fraud_rules).
    ///
    /// # Errors
    /// `Unreadable` when the value cannot be serialized, or is that of the fraud rules.
    pub fn save_setting(&mut self, value: &SettingValue, before: u64) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let version = version_attribute(value.name())
            .ok_or_else(|| StoreError::unreadable("settings", "fraud rules have their own"))?;
        let fields =
            attributes(value).map_err(|cause| StoreError::unreadable("settings", cause))?;
        let unchanged =
            if before == 1 { "attribute_not_exists(#v) OR #v = :before" } else { "#v = :before" };
        let mut condition = Condition::expression(unchanged)
            .name("#v", version)
            .value(":before", n(before))
            .value(":next", n(before + 1));
        let (mut set, mut remove) = ("SET #v = :next".to_owned(), String::new());
        for ((name, value), (field, new)) in fields.into_iter().zip(PLACEHOLDERS) {
            condition = condition.name(field, name);
            if let Some(value) = value {
                condition = condition.value(new, value);
                set.push_str(&format!(", {field} = {new}"));
            } else {
                let verb = if remove.is_empty() { " REMOVE" } else { "," };
                remove.push_str(&format!("{verb} {field}"));
            }
        }
        set.push_str(&remove);
        self.update(Conflict::Setting, &table, &key(), set, condition)
    }
}

/// The attributes of a value; none for one to remove.
fn attributes(
    value: &SettingValue,
) -> Result<Vec<(&'static str, Option<AttributeValue>)>, serde_dynamo::Error> {
    Ok(match value {
        SettingValue::Registration(rules) => vec![
            ("registrationOpen", Some(AttributeValue::Bool(rules.open))),
            ("blockedCountries", Some(serde_dynamo::to_attribute_value(&rules.blocked_countries)?)),
            (
                "birthDateCountries",
                Some(serde_dynamo::to_attribute_value(&rules.birth_date_countries)?),
            ),
            ("minimumAges", Some(serde_dynamo::to_attribute_value(&rules.minimum_ages)?)),
        ],
        SettingValue::Features(features) => vec![("dns", Some(AttributeValue::Bool(features.dns)))],
        SettingValue::Passwords(passwords) => {
            vec![("passwordPolicy", passwords.policy.map(|policy| s(policy.as_str())))]
        }
        SettingValue::StaffSecondFactor(rule) => {
            vec![("staffSecondFactor", Some(AttributeValue::Bool(rule.required)))]
        }
        SettingValue::Retention(retention) => vec![
            ("deletionGraceDays", Some(n(retention.deletion_grace_days))),
            ("verificationRetentionDays", Some(n(retention.verification_image_days))),
        ],
        SettingValue::Brand(rules) => {
            let brand = provost_domain::mail::content::Brand::from(rules.clone());
            vec![("brand", Some(serde_dynamo::to_attribute_value(brand)?))]
        }
        // Null is stored: an absent threshold is the default.
        SettingValue::BulkApproval(rule) => vec![(
            "bulkApprovalThreshold",
            Some(rule.threshold.map_or(AttributeValue::Null(true), n)),
        )],
        SettingValue::FraudRules(_) => Vec::new(),
    })
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
