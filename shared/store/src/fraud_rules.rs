//! The rules that look for fraud: those that count stand in the settings, and every version that there was is kept beside them, since alerts name the version that raised them.

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::fraud::RuleSet;

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    settings,
    transaction::Condition,
};

/// The label of the condition that nobody changed the rules since they were read.
pub const RULES: &str = "fraud rules";

/// Where a version stands.
fn key(version: u64) -> Key {
    Key::new("FRAUDRULES", format!("VERSION#{version:010}"))
}

impl Transaction {
    /// Lets other rules count; their version is the one after `before`'s. Fails under [`RULES`] when somebody else changed them.
    ///
    /// # Errors
    /// `Unreadable` when they have no form as an item.
    pub fn save_fraud_rules(&mut self, rules: &RuleSet, before: &RuleSet) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let value: AttributeValue =
            serde_dynamo::to_attribute_value(rules).map_err(|cause| StoreError::unreadable("fraud rules", cause))?;
        let unchanged = Condition::expression("attribute_not_exists(#fraud) OR #fraud.#version = :before")
            .name("#fraud", "fraud")
            .name("#version", "version")
            .value(":before", n(before.version))
            .value(":rules", value);
        // Only these: whatever else the settings hold is not this change's.
        self.update(RULES, &table, &settings::key(), "SET #fraud = :rules", unchanged)?;
        // The first version is built in and was never written.
        self.put("fraud rules before", &table, encode("fraud rules", &key(before.version), before)?, Condition::none())?;
        self.put("fraud rules now", &table, encode("fraud rules", &key(rules.version), rules)?, Condition::none())
    }
}

impl Store {
    /// The rules of a version; nothing when there was none of this number.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn fraud_rules(&self, version: u64) -> Result<Option<RuleSet>, StoreError> {
        let current = self.settings().await?.fraud;
        if current.version == version {
            return Ok(Some(current));
        }
        let found = self.batch_get(&self.names.catalogue, vec![key(version)], true).await?.pop();
        found.map(|item| decode("fraud rules", item)).transpose()
    }
}
