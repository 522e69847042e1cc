use provost_domain::{
    audit::{Changes, Resource, note_change},
    fraud::RuleSet,
    setting::SettingValue,
};
use provost_store::{Conflict, settings::Settings};

use crate::{Change, Op, OperationError, fraud::replace_rules};

/// Changes one setting; `before` are the current settings. Returns the version after the change, and
/// no change if the value is the same.
///
/// # Errors
/// `VALIDATION_FAILED` for a value out of range.
pub fn change_setting(
    op: &Op<'_>,
    before: &Settings,
    value: SettingValue,
) -> Result<Option<Change<u64>>, OperationError> {
    value.check()?;
    let name = value.name();
    let version = before.version(name);
    if let SettingValue::FraudRules(rules) = value {
        let given = RuleSet { version, ..rules };
        let change = replace_rules(op, &before.fraud, given)?;
        return Ok(change.map(|change| change.map(|rules| rules.version)));
    }
    let changes = changes(&before.value(name), &value);
    if changes.is_empty() {
        return Ok(None);
    }
    let resource = Resource::Other { kind: "setting", id: name.as_str().to_owned() };
    let mut entry = op.entry("setting.changed", resource);
    entry.changes = changes;
    let mut tx = op.transaction();
    tx.save_setting(&value, version)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, version + 1).decided_again_on(&[Conflict::Setting])))
}

fn changes(before: &SettingValue, after: &SettingValue) -> Changes {
    let (before, after) = (before.fields(), after.fields());
    let mut changes = Changes::new();
    for (field, value) in &after {
        note_change(&mut changes, field, &before.get(field), &Some(value));
    }
    changes
}
