//! A scan of all accounts as staff see it: a job with progress and findings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Rule,
    sweep::{Sweep, SweepStatus},
};
use crate::{FraudSweepId, Pseudonym, Timestamp, UserId};

/// A scan of all accounts for fraud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepView {
    /// Job id.
    pub id: FraudSweepId,
    /// Job id; same value as `id`.
    pub job_id: FraudSweepId,
    /// Kind of job: always `fraud_sweep`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Status of the job.
    pub status: SweepStatus,
    /// Progress of the job.
    pub progress: SweepProgress,
    /// Whether this is a dry run, which only counts alerts and raises none.
    pub dry_run: bool,
    /// Version of the rules. In a dry run with other rules, the version that they would get.
    pub rule_set: u64,
    /// Number of alerts raised; in a dry run, of alerts that would be raised.
    pub raised: u64,
    /// Findings so far, by rule; only rules that matched.
    pub by_rule: BTreeMap<Rule, TallyView>,
    /// User id of the staff member who started the job, or pseudonym after erasure.
    pub requested_by: String,
    /// Time at which the job was created.
    pub created_at: Timestamp,
    /// Time of the last progress report.
    pub updated_at: Timestamp,
    /// Time at which the job was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// A background job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub struct JobView {
    /// Job id.
    pub id: FraudSweepId,
    /// Job id; same value as `id`.
    pub job_id: FraudSweepId,
    /// Kind of job: always `fraud_sweep`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Status of the job.
    pub status: SweepStatus,
    /// Progress of the job.
    pub progress: SweepProgress,
    /// Whether this is a dry run, which only counts alerts and raises none.
    pub dry_run: bool,
    /// Version of the rules. In a dry run with other rules, the version that they would get.
    pub rule_set: u64,
    /// Number of alerts raised; in a dry run, of alerts that would be raised.
    pub raised: u64,
    /// Findings so far, by rule; only rules that matched.
    pub by_rule: BTreeMap<Rule, TallyView>,
    /// User id of the staff member who started the job, or pseudonym after erasure.
    pub requested_by: String,
    /// Time at which the job was created.
    pub created_at: Timestamp,
    /// Time of the last progress report.
    pub updated_at: Timestamp,
    /// Time at which the job was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl From<SweepView> for JobView {
    fn from(sweep: SweepView) -> Self {
        let SweepView {
            id,
            job_id,
            kind,
            status,
            progress,
            dry_run,
            rule_set,
            raised,
            by_rule,
            requested_by,
            ..
        } = sweep;
        let SweepView { created_at, updated_at, completed_at, .. } = sweep;
        Self {
            id,
            job_id,
            kind,
            status,
            progress,
            dry_run,
            rule_set,
            raised,
            by_rule,
            requested_by,
            created_at,
            updated_at,
            completed_at,
        }
    }
}

/// Progress of a scan of all accounts, which goes through all accounts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepProgress {
    /// Number of accounts processed in the first pass, which records what accounts have in common.
    pub traced: u64,
    /// Number of accounts processed in the second pass, which evaluates the rules.
    pub done: u64,
    /// Total number of accounts.
    pub total: u64,
    /// Number of accounts that could not be scanned because their data could not be read. The log
    /// names them.
    pub failed: u64,
    /// Progress over both passes, 0 to 100. Reaches 100 only when the job is completed.
    pub percent: u64,
}

/// Findings of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TallyView {
    /// Number of accounts in which the rule matched, with or without an alert.
    pub accounts: u64,
    /// Number of new alerts in which the rule matched; in a dry run, of alerts that would be
    /// raised.
    pub alerts: u64,
    /// User ids of the first accounts for which a dry run would raise an alert.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<UserId>,
}

impl Sweep {
    /// The pseudonyms of all users in the scan.
    pub fn people(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.by_rule
            .values()
            .flat_map(|tally| tally.sample.iter().copied())
            .chain([self.requested_by])
    }

    /// The scan as staff see it; `name` resolves a pseudonym to a user id. Erased users are left
    /// out of the samples.
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
            requested_by: name(self.requested_by)
                .map_or_else(|| self.requested_by.to_string(), |user| user.to_string()),
            created_at: self.created_at,
            updated_at: self.reported_at,
            completed_at: self.completed_at,
        }
    }
}
