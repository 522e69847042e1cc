//! The rules as data: which are on, what each weighs, and from where on it speaks. Staff change them; every change is a new version.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Refused;

/// A rule, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The address is at a provider of throw-away mailboxes.
    DisposableEmail,
    /// Many accounts sign in from one address.
    SharedAddress,
    /// Many accounts sign in from one device.
    SharedDevice,
    /// Many wrong passwords, and then the right one.
    GuessedPassword,
    /// The latest sign-in came from another country than the bill's.
    CountryMismatch,
    /// Two sign-ins from different countries, too close in time to travel between them.
    ImpossibleTravel,
    /// Other accounts have nearly the same address or phone number.
    NearDuplicate,
    /// A banned account bears the same name.
    BannedNamesake,
    /// Younger than one may be, or older than people become.
    AgeOutOfRange,
    /// Many API keys within an hour.
    KeyBurst,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 10] = [
        Self::DisposableEmail,
        Self::SharedAddress,
        Self::SharedDevice,
        Self::GuessedPassword,
        Self::CountryMismatch,
        Self::ImpossibleTravel,
        Self::NearDuplicate,
        Self::BannedNamesake,
        Self::AgeOutOfRange,
        Self::KeyBurst,
    ];

    /// The rule as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DisposableEmail => "disposable_email",
            Self::SharedAddress => "shared_address",
            Self::SharedDevice => "shared_device",
            Self::GuessedPassword => "guessed_password",
            Self::CountryMismatch => "country_mismatch",
            Self::ImpossibleTravel => "impossible_travel",
            Self::NearDuplicate => "near_duplicate",
            Self::BannedNamesake => "banned_namesake",
            Self::AgeOutOfRange => "age_out_of_range",
            Self::KeyBurst => "key_burst",
        }
    }

    /// The rule in a sentence for staff.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DisposableEmail => "The e-mail address is at a provider of throw-away mailboxes.",
            Self::SharedAddress => "Many accounts sign in from the same address.",
            Self::SharedDevice => "Many accounts sign in from the same device.",
            Self::GuessedPassword => "The password was found after many wrong ones.",
            Self::CountryMismatch => "The latest sign-in came from another country than the bill's.",
            Self::ImpossibleTravel => "Two sign-ins from different countries were too close in time.",
            Self::NearDuplicate => "Other accounts have nearly the same e-mail address or phone number.",
            Self::BannedNamesake => "A banned account bears the same name.",
            Self::AgeOutOfRange => "The date of birth makes the person too young, or older than people become.",
            Self::KeyBurst => "Many API keys were made within an hour.",
        }
    }

    /// How the rule stands unless the settings say otherwise.
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
        };
        RuleSetting { enabled: true, weight, threshold }
    }
}

/// How one rule is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleSetting {
    /// Whether it is asked.
    pub enabled: bool,
    /// What it adds to the score when it speaks, 0–100.
    #[schemars(range(min = 0, max = 100))]
    pub weight: u32,
    /// From where on it speaks: accounts, failures, minutes, years or keys, whatever it counts. Rules that find something or not take 1.
    pub threshold: u32,
}

/// All rules of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RuleSet {
    /// Counts the changes of the rules; alerts keep it.
    pub version: u64,
    /// From this score on an account gets an alert, 1–100.
    #[schemars(range(min = 1, max = 100))]
    pub raise_at: u32,
    /// Domains of throw-away mailboxes beyond those that are built in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disposable_domains: Vec<String>,
    /// Rules that are set otherwise than by default.
    pub rules: BTreeMap<Rule, RuleSetting>,
}

impl Default for RuleSet {
    fn default() -> Self {
        Self { version: 1, raise_at: 45, disposable_domains: Vec::new(), rules: BTreeMap::new() }
    }
}

impl RuleSet {
    /// How a rule is set.
    pub fn setting(&self, rule: Rule) -> RuleSetting {
        self.rules.get(&rule).copied().unwrap_or(rule.default_setting())
    }

    /// The same rules with every one of them told, also those that stand as by default.
    #[must_use]
    pub fn in_full(mut self) -> Self {
        self.rules = Rule::ALL.into_iter().map(|rule| (rule, self.setting(rule))).collect();
        self
    }

    /// These rules as a proposal to follow `current`: they get the version that they would have.
    #[must_use]
    pub fn proposed_after(mut self, current: &Self) -> Self {
        self.version = current.version + 1;
        self
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field that does not.
    pub fn check(&self) -> Result<(), Refused> {
        if !(1..=100).contains(&self.raise_at) {
            return Err(Refused::field("rules.raiseAt", "out_of_range", "Give a score from 1 to 100."));
        }
        for (rule, setting) in &self.rules {
            let field = |name| format!("rules.rules.{}.{name}", rule.as_str());
            if setting.weight > 100 {
                return Err(Refused::field(field("weight"), "out_of_range", "Give a weight from 0 to 100."));
            }
            if setting.threshold == 0 || setting.threshold > 10_000 {
                return Err(Refused::field(field("threshold"), "out_of_range", "Give a threshold from 1 to 10,000."));
            }
        }
        if self.disposable_domains.len() > 1000 {
            return Err(Refused::field("rules.disposableDomains", "too_long", "Name at most 1,000 domains."));
        }
        Ok(())
    }
}
