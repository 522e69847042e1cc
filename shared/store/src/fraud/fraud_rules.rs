//! The rules that detect fraud: the current ones are in the settings, and every earlier version is
//! kept beside them, since alerts name the version that raised them.

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::fraud::RuleSet;
use serde::Deserialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    settings,
    transaction::Condition,
};

pub use crate::fraud::stored_rules::read;

/// The key of a version.
fn key(version: u64) -> Key {
    Key::new("FRAUDRULES", format!("VERSION#{version:010}"))
}

#[derive(Deserialize)]
struct Version(#[serde(deserialize_with = "read")] RuleSet);

impl Transaction {
    /// Activates other rules; their version is the one after `before`'s. Fails with the label
    /// [`Conflict::FraudRules`] when the rules were changed in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when they cannot be serialized.
    pub fn save_fraud_rules(
        &mut self,
        rules: &RuleSet,
        before: &RuleSet,
    ) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let value: AttributeValue = serde_dynamo::to_attribute_value(rules)
            .map_err(|cause| StoreError::unreadable("fraud rules", cause))?;
        let unchanged =
            Condition::expression("attribute_not_exists(#fraud) OR #fraud.#version = :before")
                .name("#fraud", "fraud")
                .name("#version", "version")
                .value(":before", n(before.version))
                .value(":rules", value);
        // Only the rules: this change does not touch the other settings.
        self.update(
            Conflict::FraudRules,
            &table,
            &settings::key(),
            "SET #fraud = :rules",
            unchanged,
        )?;
        // The first version is built in and was never written.
        self.put(
            Conflict::FraudRulesBefore,
            &table,
            encode("fraud rules", &key(before.version), before)?,
            Condition::none(),
        )?;
        self.put(
            Conflict::FraudRulesNow,
            &table,
            encode("fraud rules", &key(rules.version), rules)?,
            Condition::none(),
        )
    }
}

impl Store {
    /// The rules of a version; `None` when the version does not exist.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn fraud_rules(&self, version: u64) -> Result<Option<RuleSet>, StoreError> {
        let current = self.settings().await?.fraud;
        if current.version == version {
            return Ok(Some(current));
        }
        let found = self.batch_get(&self.names.catalogue, vec![key(version)], true).await?.pop();
        Ok(found
            .map(|item| decode::<Version>("fraud rules", item))
            .transpose()?
            .map(|version| version.0))
    }
}

#[cfg(test)]
mod tests {
    use provost_domain::fraud::Rule;

    use super::*;

    #[test]
    fn rules_from_a_newer_version_are_read_without_unknown_fields() {
        let newer = serde_json::json!({
            "version": 7, "raiseAt": 30, "since": "then",
            "rules": {
                "key_burst": {"enabled": false, "weight": 5, "threshold": 9, "mood": "calm"},
                "star_sign": {"enabled": true, "weight": 5, "threshold": 1},
            },
        });
        let rules = serde_json::from_value::<Version>(newer).unwrap().0;
        assert_eq!((rules.version, rules.raise_at, rules.rules.len()), (7, 30, 1));
        assert!(!rules.setting(Rule::KeyBurst).enabled);
    }
}
