//! The stored form of the rules that detect fraud, as the settings and every version have it.

use std::collections::BTreeMap;

use provost_domain::fraud::{Rule, RuleSet, RuleSetting};
use serde::{Deserialize, Deserializer};

/// Rules as they are stored. Unknown fields, written by a newer version of the platform, are
/// ignored here; they are rejected in requests.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stored {
    version: u64,
    raise_at: u32,
    disposable_domains: Vec<String>,
    rules: BTreeMap<String, Setting>,
}

#[derive(Deserialize)]
struct Setting {
    enabled: bool,
    weight: u32,
    threshold: u32,
}

impl Default for Stored {
    fn default() -> Self {
        let RuleSet { version, raise_at, disposable_domains, .. } = RuleSet::default();
        Self { version, raise_at, disposable_domains, rules: BTreeMap::new() }
    }
}

/// Reads stored rules as far as this version knows them.
///
/// # Errors
/// When the value is not a set of rules.
pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RuleSet, D::Error> {
    let Stored { version, raise_at, disposable_domains, mut rules } =
        Stored::deserialize(deserializer)?;
    let known = Rule::ALL.into_iter().filter_map(|rule| {
        let Setting { enabled, weight, threshold } = rules.remove(rule.as_str())?;
        Some((rule, RuleSetting { enabled, weight, threshold }))
    });
    Ok(RuleSet { version, raise_at, disposable_domains, rules: known.collect() })
}
