//! Fraud alerts, and scans of all accounts, as staff see them.

use std::collections::BTreeMap;

use provost_domain::{
    AlertId, FraudScanId, Pseudonym, Timestamp, UserId,
    fraud::{
        Alert, AlertStatus, EventKind, Rule, Signal,
        full_scan::{FraudScanStatus, FullScan, Tally},
    },
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::casing::{Snake, SnakeView};

/// A fraud alert.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertView {
    /// Fraud alert id.
    pub id: AlertId,
    /// User id of the suspicious account.
    pub user_id: UserId,
    /// Status of the alert.
    pub status: AlertStatus,
    /// Statuses that the alert can change to.
    pub allowed_transitions: Vec<AlertStatus>,
    /// Reason for the alert, in a sentence: the signal with the highest score.
    pub reason: String,
    /// Findings of the rules that matched.
    pub signals: Vec<Signal>,
    /// Total score of the signals, 0 to 100.
    pub score: u32,
    /// Version of the rules that raised the alert.
    pub rule_set: u64,
    /// IP address of the latest sign-in before the scan. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// User id of the assignee, or pseudonym after erasure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// History of the alert, oldest event first.
    pub history: Vec<EventView>,
    /// Time at which the alert was raised.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

impl AlertView {
    /// The alert as staff see it; `name` resolves a pseudonym to a user id.
    pub fn of(alert: &Alert, name: impl Fn(Pseudonym) -> Option<UserId>) -> Self {
        let named = |pseudonym: Pseudonym| {
            name(pseudonym).map_or_else(|| pseudonym.to_string(), |user| user.to_string())
        };
        let history = alert.history.iter().map(|event| EventView {
            at: event.at,
            kind: event.kind,
            by: event.by.map(named),
            to: event.to,
            assigned_to: event.assigned_to.map(named),
            score: event.score,
            note: event.note.clone(),
        });
        Self {
            id: alert.id,
            user_id: alert.user_id,
            status: alert.status,
            allowed_transitions: alert.status.moves().to_vec(),
            reason: alert.reason().to_owned(),
            signals: alert.signals.clone(),
            score: alert.score,
            rule_set: alert.rule_set,
            source_ip: alert.source_ip.clone(),
            assigned_to: alert.assigned_to.map(named),
            history: history.collect(),
            created_at: alert.created_at,
            updated_at: alert.updated_at,
            closed_at: alert.closed_at,
            version: alert.version,
            redacted: Vec::new(),
        }
    }

    /// The alert for a reader who cannot see the IP addresses of others.
    #[must_use]
    pub fn without_addresses(self) -> Self {
        Self { source_ip: None, redacted: vec!["sourceIp"], ..self }
    }
}

/// An event in the history of a fraud alert.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// Time of the event.
    pub at: Timestamp,
    /// Kind of event.
    pub kind: EventKind,
    /// User id of the staff member who caused the event, or pseudonym after erasure. Absent for
    /// automatic scans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// New status of the alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<AlertStatus>,
    /// User id of the new assignee, or pseudonym after erasure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// New score of the alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// Text of the note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A scan of all accounts for fraud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FraudScanView {
    /// Job id.
    pub id: FraudScanId,
    /// Job id; same value as `id`.
    pub job_id: FraudScanId,
    /// Kind of job: always `fraud_scan`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Status of the job.
    pub status: FraudScanStatus,
    /// Progress of the job.
    pub progress: FraudScanProgress,
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

/// A background job, in snake_case.
pub type JobView = Snake<FraudScanView>;

impl SnakeView for FraudScanView {
    const SCHEMA: &'static str = "JobView";
    const DESCRIPTION: Option<&'static str> = Some("A background job.");
}

impl FraudScanView {
    /// The scan as staff see it; `name` resolves a pseudonym to a user id. Erased users are left
    /// out of the samples.
    pub fn of(scan: &FullScan, name: impl Fn(Pseudonym) -> Option<UserId>) -> Self {
        let tally = |tally: &Tally| TallyView {
            accounts: tally.accounts,
            alerts: tally.alerts,
            sample: tally.sample.iter().filter_map(|who| name(*who)).collect(),
        };
        Self {
            id: scan.id,
            job_id: scan.id,
            kind: "fraud_scan",
            status: scan.status,
            progress: FraudScanProgress {
                traced: scan.traced,
                done: scan.done,
                total: scan.all(),
                failed: scan.failed,
                percent: scan.percent(),
            },
            dry_run: scan.dry_run,
            rule_set: scan.rules.version,
            raised: scan.raised,
            by_rule: scan.by_rule.iter().map(|(rule, found)| (*rule, tally(found))).collect(),
            requested_by: name(scan.requested_by)
                .map_or_else(|| scan.requested_by.to_string(), |user| user.to_string()),
            created_at: scan.created_at,
            updated_at: scan.reported_at,
            completed_at: scan.completed_at,
        }
    }
}

/// Progress of a scan of all accounts, which goes through all accounts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FraudScanProgress {
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
