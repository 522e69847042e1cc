//! A fraud alert: one suspicious account, from the scan that raised it to the decision of staff.
//!
//! `open → investigating → escalated`, back and forth, until it is `dismissed` or `confirmed`, which are final.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Rule, Signal, score};
use crate::{AlertId, DismissalId, FraudSweepId, Pseudonym, Refused, Timestamp, UserId};

/// The history of an alert keeps this many entries; the oldest but the first go.
const MOST_EVENTS: usize = 100;

/// Status of a fraud alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// Not looked at yet.
    Open,
    /// Under investigation by staff.
    Investigating,
    /// Waiting for other staff members to decide.
    Escalated,
    /// Closed as a false alarm. Final.
    Dismissed,
    /// Closed as fraud. Final.
    Confirmed,
}

impl AlertStatus {
    /// The status as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Investigating => "investigating",
            Self::Escalated => "escalated",
            Self::Dismissed => "dismissed",
            Self::Confirmed => "confirmed",
        }
    }

    /// The statuses that may follow this one.
    pub const fn moves(self) -> &'static [Self] {
        match self {
            Self::Open => &[Self::Investigating, Self::Escalated, Self::Dismissed, Self::Confirmed],
            Self::Investigating => &[Self::Open, Self::Escalated, Self::Dismissed, Self::Confirmed],
            Self::Escalated => &[Self::Investigating, Self::Dismissed, Self::Confirmed],
            Self::Dismissed | Self::Confirmed => &[],
        }
    }

    /// Whether the alert waits for a decision.
    pub const fn is_live(self) -> bool {
        !self.moves().is_empty()
    }
}

/// Kind of event in the history of a fraud alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A scan raised the alert.
    Raised,
    /// A later scan changed the signals.
    Rescanned,
    /// The status changed.
    Moved,
    /// The assignee changed.
    Assigned,
    /// A note was added.
    Noted,
}

/// One entry of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who, by pseudonym; absent for the platform itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Pseudonym>,
    /// Where it stands since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<AlertStatus>,
    /// To whom it was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<Pseudonym>,
    /// The score since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<u32>,
    /// What was noted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl Event {
    /// Something that happened just now.
    pub const fn new(kind: EventKind, by: Option<Pseudonym>, at: Timestamp) -> Self {
        Self { at, kind, by, to: None, assigned_to: None, score: None, note: None }
    }
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Whose account.
    pub user_id: UserId,
    /// The version of the rules.
    pub rule_set: u64,
    /// Where it stands.
    pub status: AlertStatus,
    /// What the rules found.
    pub signals: Vec<Signal>,
    /// What it weighs, 0–100.
    pub score: u32,
    /// The address of the latest sign-in when it was scanned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_ip: Option<String>,
    /// Who looks after it, by pseudonym.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<Pseudonym>,
    /// What happened to it, oldest first.
    pub history: Vec<Event>,
    /// The sweep that raised it, so that a sweep that is interrupted counts it once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub raised_in: Option<FraudSweepId>,
    /// The planned dismissal that it went with, so that one that is interrupted can go on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dismissed_in: Option<DismissalId>,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed_at: Option<Timestamp>,
    /// Counts every change.
    pub version: u64,
}

impl Alert {
    /// The rules that spoke.
    pub fn rules(&self) -> impl Iterator<Item = Rule> + '_ {
        self.signals.iter().map(|signal| signal.rule)
    }

    /// Why it was raised: the heaviest rule, in a sentence.
    pub fn reason(&self) -> &'static str {
        self.signals.iter().rev().max_by_key(|signal| signal.score).map_or("No rule matches any more.", |signal| signal.rule.reason())
    }

    /// A later scan looked again. Nothing when it found the same.
    pub fn rescan(mut self, signals: Vec<Signal>, source_ip: Option<String>, now: Timestamp) -> Option<Self> {
        if self.signals == signals {
            return None;
        }
        self.score = score(&signals);
        self.signals = signals;
        self.source_ip = source_ip.or(self.source_ip);
        let event = Event { score: Some(self.score), ..Event::new(EventKind::Rescanned, None, now) };
        Some(self.noted(event).changed(now))
    }

    /// Moves it on.
    ///
    /// # Errors
    /// `INVALID_ACTION` with the moves that are allowed.
    pub fn go(mut self, to: AlertStatus, by: Pseudonym, note: Option<String>, now: Timestamp) -> Result<Self, Refused> {
        if !self.status.moves().contains(&to) {
            let allowed: Vec<&str> = self.status.moves().iter().map(|status| status.as_str()).collect();
            let detail = if allowed.is_empty() {
                format!("This alert is {}. This status is final.", self.status.as_str())
            } else {
                format!("This alert is {}. Choose one of the allowed statuses.", self.status.as_str())
            };
            return Err(Refused::invalid_action(detail, &allowed));
        }
        self.status = to;
        self.closed_at = (!to.is_live()).then_some(now);
        Ok(self.noted(Event { to: Some(to), note, ..Event::new(EventKind::Moved, Some(by), now) }).changed(now))
    }

    /// Assigns the alert to a staff member, or to nobody.
    ///
    /// # Errors
    /// `INVALID_ACTION` once it is decided.
    pub fn assign(mut self, to: Option<Pseudonym>, by: Pseudonym, now: Timestamp) -> Result<Self, Refused> {
        if !self.status.is_live() {
            return Err(Refused::invalid_action(
                format!("This alert is {}, so it cannot be assigned. You can still add a note.", self.status.as_str()),
                &["note"],
            ));
        }
        self.assigned_to = to;
        Ok(self.noted(Event { assigned_to: to, ..Event::new(EventKind::Assigned, Some(by), now) }).changed(now))
    }

    /// Notes something.
    #[must_use]
    pub fn note(self, note: String, by: Pseudonym, now: Timestamp) -> Self {
        self.noted(Event { note: Some(note), ..Event::new(EventKind::Noted, Some(by), now) }).changed(now)
    }

    fn noted(mut self, event: Event) -> Self {
        self.history.push(event);
        if self.history.len() > MOST_EVENTS {
            self.history.remove(1);
        }
        self
    }

    fn changed(mut self, now: Timestamp) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// Everyone of the staff whom it names.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.assigned_to.into_iter().chain(self.history.iter().flat_map(|event| event.by.into_iter().chain(event.assigned_to)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_final_and_every_other_state_can_reach_one() {
        for status in [AlertStatus::Open, AlertStatus::Investigating, AlertStatus::Escalated] {
            assert!(status.moves().contains(&AlertStatus::Dismissed) && status.moves().contains(&AlertStatus::Confirmed));
            assert!(!status.moves().contains(&status), "a move goes somewhere else");
        }
        for status in [AlertStatus::Dismissed, AlertStatus::Confirmed] {
            assert!(!status.is_live());
        }
    }
}
