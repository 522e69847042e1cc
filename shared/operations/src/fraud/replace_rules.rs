use provost_domain::{
    ApiError, Code,
    audit::{Changes, Resource, note_change},
    fraud::{Rule, RuleSet},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Replaces the fraud rules; `before` are the current ones. Scans use the new rules from now on.
/// Returns no change if the rules are the same.
///
/// # Errors
/// `VALIDATION_FAILED` when the rules are not valid, `STALE_VERSION` when they are based on another
/// version.
pub fn replace_rules(
    op: &Op<'_>,
    before: &RuleSet,
    given: RuleSet,
) -> Result<Option<Change<RuleSet>>, OperationError> {
    given.check()?;
    let stale = || {
        ApiError::new(
            Code::StaleVersion,
            "The fraud rules have changed since you read them. Read them again and repeat the change.",
        )
    };
    if given.version != before.version {
        return Err(stale().into());
    }
    let after = given.proposed_after(before);
    let changes = changes(before, &after);
    if changes.is_empty() {
        return Ok(None);
    }
    let mut entry = op.entry(
        "fraud.rules_changed",
        Resource::Other { kind: "fraud_rules", id: after.version.to_string() },
    );
    entry.changes = changes;
    let mut tx = op.transaction();
    tx.save_fraud_rules(&after, before)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after).refused_on(Conflict::FraudRules, stale())))
}

fn changes(before: &RuleSet, after: &RuleSet) -> Changes {
    let mut changes = Changes::new();
    note_change(&mut changes, "raiseAt", &before.raise_at, &after.raise_at);
    note_change(
        &mut changes,
        "disposableDomains",
        &before.disposable_domains,
        &after.disposable_domains,
    );
    for rule in Rule::ALL {
        note_change(&mut changes, rule.as_str(), &before.setting(rule), &after.setting(rule));
    }
    changes
}
