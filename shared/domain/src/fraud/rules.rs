//! The fraud rules as data: which are enabled, their weights and thresholds. Staff change them;
//! every change creates a new version.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, stored_enum::stored_enum};

stored_enum! {
    /// Name of a fraud rule.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Rule {
        /// The email address is at a provider of disposable mailboxes.
        DisposableEmail = "disposable_email",
        /// Many accounts sign in from the same IP address.
        SharedAddress = "shared_address",
        /// Many accounts sign in from the same device.
        SharedDevice = "shared_device",
        /// Many wrong passwords were followed by the right one.
        GuessedPassword = "guessed_password",
        /// The country of the latest sign-in differs from the billing country.
        CountryMismatch = "country_mismatch",
        /// Two sign-ins from different countries, too close in time to travel between them.
        ImpossibleTravel = "impossible_travel",
        /// Other accounts have nearly the same email address or phone number.
        NearDuplicate = "near_duplicate",
        /// A banned account has the same name.
        BannedNamesake = "banned_namesake",
        /// Implausible date of birth.
        AgeOutOfRange = "age_out_of_range",
        /// Many API keys were created within an hour.
        KeyBurst = "key_burst",
    }
}

impl Rule {
    /// What the rule found, in a sentence for staff.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DisposableEmail => "The email address is at a provider of disposable mailboxes.",
            Self::SharedAddress => "Many accounts sign in from the same IP address.",
            Self::SharedDevice => "Many accounts sign in from the same device.",
            Self::GuessedPassword => "Many wrong passwords were followed by the right one.",
            Self::CountryMismatch => {
                "The country of the latest sign-in differs from the billing country."
            }
            Self::ImpossibleTravel => {
                "Two sign-ins from different countries were too close in time."
            }
            Self::NearDuplicate => {
                "Other accounts have nearly the same email address or phone number."
            }
            Self::BannedNamesake => "A banned account has the same name.",
            Self::AgeOutOfRange => {
                "The date of birth is implausible: the user is too young or too old."
            }
            Self::KeyBurst => "Many API keys were created within an hour.",
            Self::Unknown(_) => "A rule of a later version matched.",
        }
    }

    /// Default setting of the rule.
    pub const fn default_setting(self) -> RuleSetting {
        let (weight, threshold) = match self {
            Self::DisposableEmail => (60, 1),
            Self::SharedAddress => (30, 5),
            Self::SharedDevice => (40, 3),
            Self::GuessedPassword => (45, 5),
            Self::CountryMismatch => (20, 1),
            Self::ImpossibleTravel => (40, 60),
            Self::NearDuplicate => (35, 3),
            Self::BannedNamesake => (30, 1),
            Self::AgeOutOfRange => (50, 110),
            Self::KeyBurst => (25, 5),
            Self::Unknown(_) => return RuleSetting { enabled: false, weight: 0, threshold: 1 },
        };
        RuleSetting { enabled: true, weight, threshold }
    }
}

/// Setting of one fraud rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleSetting {
    /// Whether scans evaluate the rule.
    pub enabled: bool,
    /// Score that the rule adds when it matches, 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub weight: u32,
    /// Value from which the rule matches: a number of accounts, failures, minutes, years or keys,
    /// depending on the rule. 1 for rules that count nothing.
    pub threshold: u32,
}

/// A version of the fraud rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RuleSet {
    /// Version of the rules, which every alert records.
    pub version: u64,
    /// Score from which an account gets an alert, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    pub raise_at: u32,
    /// Domains of disposable mailboxes, in addition to the built-in list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disposable_domains: Vec<String>,
    /// Rules with settings other than the default.
    pub rules: BTreeMap<Rule, RuleSetting>,
}

impl Default for RuleSet {
    fn default() -> Self {
        Self { version: 1, raise_at: 45, disposable_domains: Vec::new(), rules: BTreeMap::new() }
    }
}

impl RuleSet {
    /// The setting of a rule.
    pub fn setting(&self, rule: Rule) -> RuleSetting {
        self.rules.get(&rule).copied().unwrap_or(rule.default_setting())
    }

    /// The same rules with the settings of every rule, including defaults.
    #[must_use]
    pub fn in_full(mut self) -> Self {
        self.rules = Rule::ALL.into_iter().map(|rule| (rule, self.setting(rule))).collect();
        self
    }

    /// These rules as a proposal to follow `current`, with the version that they would get.
    #[must_use]
    pub fn proposed_after(mut self, current: &Self) -> Self {
        self.version = current.version + 1;
        self
    }

    /// Checks that the numbers are in range.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the invalid field.
    pub fn check(&self) -> Result<(), ApiError> {
        if !(1..=100).contains(&self.raise_at) {
            return Err(ApiError::field(
                "rules.raiseAt",
                "out_of_range",
                "This score is out of range. Enter a score from 1 to 100.",
            ));
        }
        for (rule, setting) in &self.rules {
            let field = |name| format!("rules.rules.{}.{name}", rule.as_str());
            if setting.weight > 100 {
                return Err(ApiError::field(
                    field("weight"),
                    "out_of_range",
                    "This weight is out of range. Enter a weight from 0 to 100.",
                ));
            }
            if setting.threshold == 0 || setting.threshold > 10_000 {
                return Err(ApiError::field(
                    field("threshold"),
                    "out_of_range",
                    "This threshold is out of range. Enter a threshold from 1 to 10,000.",
                ));
            }
        }
        if self.disposable_domains.len() > 1000 {
            return Err(ApiError::field(
                "rules.disposableDomains",
                "too_long",
                "There are too many domains. Enter at most 1,000 domains.",
            ));
        }
        Ok(())
    }
}
