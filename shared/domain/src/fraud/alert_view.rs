//! An alert as staff see it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Alert, AlertStatus, EventKind, Signal};
use crate::{AlertId, Pseudonym, Timestamp, UserId};

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertView {
    /// Its id.
    pub id: AlertId,
    /// Whose account.
    pub user_id: UserId,
    /// Where it stands.
    pub status: AlertStatus,
    /// Where it may go from here.
    pub moves: Vec<AlertStatus>,
    /// Why it was raised, in a sentence: the heaviest of the signals.
    pub reason: String,
    /// What each rule found.
    pub signals: Vec<Signal>,
    /// What they weigh together, 0 to 100.
    pub score: u32,
    /// The version of the rules.
    pub rule_set: u64,
    /// The address of the latest sign-in when it was scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// Who looks after it: their id, or their pseudonym once they are erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// What happened to it, oldest first.
    pub history: Vec<EventView>,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Counts every change.
    pub version: u64,
    /// The fields that this caller may not see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

impl AlertView {
    /// The same for somebody who may not see the addresses of others.
    #[must_use]
    pub fn without_addresses(self) -> Self {
        Self { source_ip: None, redacted: vec!["sourceIp"], ..self }
    }
}

/// One entry of an alert's history.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Who did it: an id, or a pseudonym once they are erased; absent for the platform itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where the alert stands since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<AlertStatus>,
    /// To whom it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// The score since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// What was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Alert {
    /// The alert as staff see it; `name` says who is behind a pseudonym.
    pub fn view(&self, name: impl Fn(Pseudonym) -> Option<UserId>) -> AlertView {
        let named = |pseudonym: Pseudonym| name(pseudonym).map_or_else(|| pseudonym.to_string(), |user| user.to_string());
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
            moves: self.status.moves().to_vec(),
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
