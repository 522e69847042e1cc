//! A sweep as staff see it: a job like any other, with what it found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Rule,
    sweep::{Sweep, SweepStatus},
};
use crate::{FraudSweepId, Pseudonym, Timestamp, UserId};

/// A sweep as the Staff API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepView {
    /// Its id.
    pub id: FraudSweepId,
    /// The same, under the name that says what it is the id of.
    pub job_id: FraudSweepId,
    /// What kind of job it is: `fraud_sweep`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it stands.
    pub status: SweepStatus,
    /// How far it is.
    pub progress: SweepProgress,
    /// Whether it only counts what it would raise.
    pub dry_run: bool,
    /// The version of the rules; in a dry run of other rules, the one that they would have.
    pub rule_set: u64,
    /// How many alerts it raised; in a dry run, would raise.
    pub raised: u64,
    /// What each rule that spoke came to, so far.
    pub by_rule: BTreeMap<Rule, TallyView>,
    /// Who asked for it: their id, or their pseudonym once they are erased.
    pub requested_by: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last said how far it is.
    pub updated_at: Timestamp,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// A job in the background, as the Directory API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub struct JobView {
    /// Its id.
    pub id: FraudSweepId,
    /// The same, under the name that says what it is the id of.
    pub job_id: FraudSweepId,
    /// What kind of job it is: `fraud_sweep`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it stands.
    pub status: SweepStatus,
    /// How far it is.
    pub progress: SweepProgress,
    /// Whether it only counts what it would raise.
    pub dry_run: bool,
    /// The version of the rules; in a dry run of other rules, the one that they would have.
    pub rule_set: u64,
    /// How many alerts it raised; in a dry run, would raise.
    pub raised: u64,
    /// What each rule that spoke came to, so far.
    pub by_rule: BTreeMap<Rule, TallyView>,
    /// Who asked for it: their id, or their pseudonym once they are erased.
    pub requested_by: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last said how far it is.
    pub updated_at: Timestamp,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl From<SweepView> for JobView {
    fn from(sweep: SweepView) -> Self {
        let SweepView { id, job_id, kind, status, progress, dry_run, rule_set, raised, by_rule, requested_by, .. } = sweep;
        let SweepView { created_at, updated_at, completed_at, .. } = sweep;
        Self { id, job_id, kind, status, progress, dry_run, rule_set, raised, by_rule, requested_by, created_at, updated_at, completed_at }
    }
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepProgress {
    /// How many accounts have left their traces. Every account is gone through twice: first for what it shares with others, then by the rules.
    pub traced: u64,
    /// About how many accounts the rules were asked.
    pub done: u64,
    /// How many there are.
    pub total: u64,
    /// How many could not be scanned, since something about them cannot be read; the log names them.
    pub failed: u64,
    /// How far it is over both passes, 0 to 100; 100 only once it is done.
    pub percent: u64,
}

/// What one rule came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TallyView {
    /// The accounts about which it spoke, enough for an alert or not.
    pub accounts: u64,
    /// The new alerts in which it speaks; in a dry run, those that there would be.
    pub alerts: u64,
    /// The first of the people about whom a dry run would raise an alert.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<UserId>,
}

impl Sweep {
    /// Everyone whom it names.
    pub fn people(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.by_rule.values().flat_map(|tally| tally.sample.iter().copied()).chain([self.requested_by])
    }

    /// The sweep as staff see it; `name` says who is behind a pseudonym. Whoever is erased is left out of the samples.
    pub fn view(&self, name: impl Fn(Pseudonym) -> Option<UserId>) -> SweepView {
        let tally = |tally: &super::sweep::Tally| TallyView {
            accounts: tally.accounts,
            alerts: tally.alerts,
            sample: tally.sample.iter().filter_map(|who| name(*who)).collect(),
        };
        SweepView {
            id: self.id,
            job_id: self.id,
            kind: "fraud_sweep",
            status: self.status,
            progress: SweepProgress {
                traced: self.traced,
                done: self.done,
                total: self.all(),
                failed: self.failed,
                percent: self.percent(),
            },
            dry_run: self.dry_run,
            rule_set: self.rules.version,
            raised: self.raised,
            by_rule: self.by_rule.iter().map(|(rule, found)| (*rule, tally(found))).collect(),
            requested_by: name(self.requested_by).map_or_else(|| self.requested_by.to_string(), |user| user.to_string()),
            created_at: self.created_at,
            updated_at: self.reported_at,
            completed_at: self.completed_at,
        }
    }
}
