//! Fraud alerts as staff see them.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Alert, AlertStatus, EventKind, Signal};
use crate::{AlertId, Pseudonym, Timestamp, UserId};

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

impl Alert {
    /// The alert as staff see it; `name` resolves a pseudonym to a user id.
    pub fn view(&self, name: impl Fn(Pseudonym) -> Option<UserId>) -> AlertView {
        let named = |pseudonym: Pseudonym| {
            name(pseudonym).map_or_else(|| pseudonym.to_string(), |user| user.to_string())
        };
        let history = self.history.iter().map(|event| EventView {
            at: event.at,
            kind: event.kind,
            by: event.by.map(named),
            to: event.to,
            assigned_to: event.assigned_to.map(named),
            score: event.score,
            note: event.note.clone(),
        });
        AlertView {
            id: self.id,
            user_id: self.user_id,
            status: self.status,
            allowed_transitions: self.status.moves().to_vec(),
            reason: self.reason().to_owned(),
            signals: self.signals.clone(),
            score: self.score,
            rule_set: self.rule_set,
            source_ip: self.source_ip.clone(),
            assigned_to: self.assigned_to.map(named),
            history: history.collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            closed_at: self.closed_at,
            version: self.version,
            redacted: Vec::new(),
        }
    }
}
