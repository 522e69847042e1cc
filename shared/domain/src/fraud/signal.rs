//! The fraud rules: each examines a snapshot and reports its finding, or nothing. They read nothing
//! else.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Features, Rule, RuleSet, disposable, features};
use crate::{
    Timestamp,
    time::{HOUR, MINUTE},
};

/// The maximum score.
pub const HIGHEST: u32 = 100;

/// The finding of one fraud rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// Rule that matched.
    pub rule: Rule,
    /// Score that the rule adds.
    pub score: u32,
    /// Evidence for the finding: counts, countries and times. Never another user's data.
    pub evidence: BTreeMap<String, Value>,
}

impl Signal {
    /// Time of the event that the signal reports; `None` for a rule about the state of the account.
    pub fn happened_at(&self) -> Option<Timestamp> {
        let name = match self.rule {
            Rule::GuessedPassword => "succeededAt",
            Rule::ImpossibleTravel | Rule::KeyBurst => "at",
            _ => return None,
        };
        serde_json::from_value(self.evidence.get(name)?.clone()).ok()
    }
}

/// The evidence of a rule.
type Evidence = Option<Value>;

/// Evaluates every enabled rule.
pub fn examine(features: &Features, rules: &RuleSet) -> Vec<Signal> {
    let mut signals = Vec::new();
    for rule in Rule::ALL {
        let setting = rules.setting(rule);
        if !setting.enabled {
            continue;
        }
        let Some(Value::Object(seen)) = ask(rule, features, rules, setting.threshold) else {
            continue;
        };
        signals.push(Signal { rule, score: setting.weight, evidence: seen.into_iter().collect() });
    }
    signals
}

/// The total score of the signals, at most [`HIGHEST`].
pub fn score(signals: &[Signal]) -> u32 {
    signals.iter().map(|signal| signal.score).sum::<u32>().min(HIGHEST)
}

fn ask(rule: Rule, features: &Features, rules: &RuleSet, threshold: u32) -> Evidence {
    match rule {
        Rule::DisposableEmail => disposable_email(features, &rules.disposable_domains),
        Rule::SharedAddress => shared("accounts", features.at_address, threshold),
        Rule::SharedDevice => shared("accounts", features.at_device, threshold),
        Rule::GuessedPassword => guessed_password(features, threshold),
        Rule::CountryMismatch => country_mismatch(features),
        Rule::ImpossibleTravel => impossible_travel(features, threshold),
        Rule::NearDuplicate => near_duplicate(features, threshold),
        Rule::BannedNamesake => {
            shared("bannedAccounts", features.users_with_banned_name, threshold)
        }
        Rule::AgeOutOfRange => age_out_of_range(features, threshold),
        Rule::KeyBurst => key_burst(features, threshold),
        Rule::Unknown(_) => None,
    }
}

fn disposable_email(features: &Features, further: &[String]) -> Evidence {
    let domain = disposable::is_disposable(features::domain(&features.email), further)?;
    Some(json!({ "domain": domain }))
}

fn shared(what: &str, count: u32, threshold: u32) -> Evidence {
    (count >= threshold).then(|| json!({ what: count }))
}

/// The latest run of wrong passwords that reached the threshold and ended in a success.
fn guessed_password(features: &Features, threshold: u32) -> Evidence {
    let (mut run, mut latest) = (0_u32, None);
    for attempt in &features.attempts {
        if attempt.guess {
            run += 1;
        }
        if attempt.success {
            if run >= threshold {
                latest = Some((run, attempt.at));
            }
            run = 0;
        }
    }
    latest.map(|(failures, at)| json!({ "failures": failures, "succeededAt": at }))
}

fn country_mismatch(features: &Features) -> Evidence {
    let billing = features.billing_country.as_ref()?;
    let seen = features
        .attempts
        .iter()
        .rev()
        .find(|attempt| attempt.success)
        .and_then(|attempt| attempt.country.as_ref())?;
    (seen != billing).then(|| json!({ "signInCountry": seen, "billingCountry": billing }))
}

/// The latest impossible travel. Only countries are known, so the rule reports two different ones
/// within minutes of each other.
fn impossible_travel(features: &Features, minutes: u32) -> Evidence {
    let known: Vec<_> = features
        .attempts
        .iter()
        .filter(|attempt| attempt.success)
        .filter_map(|attempt| attempt.country.as_ref().map(|country| (attempt.at, country)))
        .collect();
    let (before, after) =
        known.iter().zip(known.iter().skip(1)).rfind(|((before, from), (after, to))| {
            from != to && after.since(*before) < i64::from(minutes) * MINUTE
        })?;
    Some(
        json!({ "from": before.1, "to": after.1, "minutes": after.0.since(before.0) / MINUTE, "at": after.0 }),
    )
}

/// One account with the same mailbox is enough; similar addresses and phone numbers must be a
/// series.
fn near_duplicate(features: &Features, series: u32) -> Evidence {
    let Features { same_mailbox, similar_phone, similar_address, .. } = features;
    (*same_mailbox > 0 || *similar_phone >= series || *similar_address >= series)
        .then(|| json!({ "sameMailbox": same_mailbox, "similarPhone": similar_phone, "similarAddress": similar_address }))
}

fn age_out_of_range(features: &Features, oldest: u32) -> Evidence {
    let age = features.age?;
    (age < features.consent_age || u32::from(age) > oldest)
        .then(|| json!({ "age": age, "consentAge": features.consent_age, "oldest": oldest }))
}

/// The latest hour that reached the threshold; it ends with the creation of a key.
fn key_burst(features: &Features, threshold: u32) -> Evidence {
    let until = |last: Timestamp| {
        features.keys.iter().filter(|made| **made <= last && last.since(**made) <= HOUR).count()
    };
    let (keys, at) = features
        .keys
        .iter()
        .rev()
        .map(|last| (until(*last), *last))
        .find(|(keys, _)| *keys >= threshold as usize)?;
    Some(json!({ "keys": keys, "at": at }))
}

#[cfg(test)]
#[path = "signal_tests.rs"]
mod tests;
