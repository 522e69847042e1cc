//! The decisions of staff about an account, so that the next scan does not raise the same alert
//! again.
//!
//! Most rules report the state of an account, and a decision about them holds while the state
//! lasts. The others report an event and its time: a decision covers the events until then, and
//! later events are decided separately.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Alert, Rule, Signal};
use crate::Timestamp;

/// The decisions of staff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    /// The rules that staff have decided.
    #[serde(default)]
    pub decided: Vec<Rule>,
    /// Time of the latest event that a decision has considered, by rule.
    #[serde(default)]
    pub seen: BTreeMap<Rule, Timestamp>,
}

impl Acknowledged {
    /// Adds the decision about an alert.
    #[must_use]
    pub fn with(mut self, alert: &Alert) -> Self {
        self.decided.extend(alert.rules());
        self.decided.sort_unstable();
        self.decided.dedup();
        for signal in &alert.signals {
            if let Some(at) = signal.happened_at() {
                let seen = self.seen.entry(signal.rule).or_insert(at);
                *seen = (*seen).max(at);
            }
        }
        self
    }

    /// Whether a decision covers this signal.
    pub fn covers(&self, signal: &Signal) -> bool {
        self.decided.contains(&signal.rule)
            && signal
                .happened_at()
                .is_none_or(|at| self.seen.get(&signal.rule).is_some_and(|seen| at <= *seen))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn signal(rule: Rule, evidence: serde_json::Value) -> Signal {
        Signal { rule, score: 45, evidence: serde_json::from_value(evidence).unwrap() }
    }

    fn acknowledged() -> Acknowledged {
        let seen =
            BTreeMap::from([(Rule::GuessedPassword, Timestamp::from_millis(1_795_000_000_000))]);
        Acknowledged { decided: vec![Rule::DisposableEmail, Rule::GuessedPassword], seen }
    }

    #[test]
    fn a_decision_covers_a_state_for_good_and_events_only_until_its_time() {
        let guessed = |at: i64| {
            signal(
                Rule::GuessedPassword,
                json!({ "failures": 5, "succeededAt": Timestamp::from_millis(at) }),
            )
        };
        assert!(
            acknowledged()
                .covers(&signal(Rule::DisposableEmail, json!({ "domain": "mailinator.com" })))
        );
        assert!(acknowledged().covers(&guessed(1_795_000_000_000)));
        assert!(!acknowledged().covers(&guessed(1_795_000_000_001)));
        assert!(!acknowledged().covers(&signal(Rule::AgeOutOfRange, json!({ "age": 9 }))));
    }

    #[test]
    fn a_decision_without_a_known_time_covers_no_event() {
        let before: Acknowledged =
            serde_json::from_value(json!({ "decided": ["key_burst", "disposable_email"] }))
                .unwrap();
        assert!(before.covers(&signal(Rule::DisposableEmail, json!({}))));
        assert!(!before.covers(&signal(
            Rule::KeyBurst,
            json!({ "keys": 5, "at": Timestamp::from_millis(0) })
        )));
    }
}
