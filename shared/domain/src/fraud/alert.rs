//! A fraud alert: one suspicious account, from the scan that raised it to the decision of staff.
//!
//! `open → investigating → escalated`, back and forth, until it is `dismissed` or `confirmed`,
//! which are final.

use serde::{Deserialize, Serialize};

use super::{Rule, Signal, score};
use crate::{
    AlertId, ApiError, DismissalId, FraudScanId, Permission, Pseudonym, Timestamp, User, UserId,
    stored_enum::stored_enum,
};

/// Maximum number of entries in the history of an alert; the oldest are removed, except the first.
const MAX_EVENTS: usize = 100;

stored_enum! {
    /// Status of a fraud alert.
    #[derive(PartialOrd, Ord)]
    pub enum AlertStatus {
        /// Not looked at yet.
        Open = "open",
        /// Under investigation by staff.
        Investigating = "investigating",
        /// Waiting for other staff members to decide.
        Escalated = "escalated",
        /// Closed as a false alarm. Final.
        Dismissed = "dismissed",
        /// Closed as fraud. Final.
        Confirmed = "confirmed",
    }
}

impl AlertStatus {
    /// The statuses that may follow this one.
    pub const fn moves(self) -> &'static [Self] {
        match self {
            Self::Open => &[Self::Investigating, Self::Escalated, Self::Dismissed, Self::Confirmed],
            Self::Investigating => &[Self::Open, Self::Escalated, Self::Dismissed, Self::Confirmed],
            Self::Escalated => &[Self::Investigating, Self::Dismissed, Self::Confirmed],
            Self::Dismissed | Self::Confirmed | Self::Unknown(_) => &[],
        }
    }

    /// Whether the alert waits for a decision.
    pub const fn is_live(self) -> bool {
        !self.moves().is_empty()
    }
}

stored_enum! {
    /// Kind of event in the history of a fraud alert.
    pub enum EventKind {
        /// A scan raised the alert.
        Raised = "raised",
        /// A later scan changed the signals.
        Rescanned = "rescanned",
        /// The status changed.
        Moved = "moved",
        /// The assignee changed.
        Assigned = "assigned",
        /// A note was added.
        Noted = "noted",
    }
}

/// An event in the history of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Time of the event.
    pub at: Timestamp,
    /// Kind of event.
    pub kind: EventKind,
    /// Pseudonym of the staff member who caused the event; absent for automatic scans.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Pseudonym>,
    /// New status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<AlertStatus>,
    /// Pseudonym of the new assignee.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<Pseudonym>,
    /// New score.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<u32>,
    /// Text of the note.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl Event {
    /// Creates an event.
    pub const fn new(kind: EventKind, by: Option<Pseudonym>, at: Timestamp) -> Self {
        Self { at, kind, by, to: None, assigned_to: None, score: None, note: None }
    }
}

/// A fraud alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Fraud alert id.
    pub id: AlertId,
    /// User id of the account.
    pub user_id: UserId,
    /// The version of the rules.
    pub rule_set: u64,
    /// Status.
    pub status: AlertStatus,
    /// Findings of the rules that matched.
    pub signals: Vec<Signal>,
    /// Total score of the signals, 0 to 100.
    pub score: u32,
    /// IP address of the latest sign-in before the scan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_ip: Option<String>,
    /// Pseudonym of the assignee.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<Pseudonym>,
    /// History, oldest event first.
    pub history: Vec<Event>,
    /// The scan of all accounts that raised the alert, so that an interrupted scan counts it once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub raised_in: Option<FraudScanId>,
    /// The planned dismissal that dismissed the alert, so that an interrupted dismissal can
    /// continue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dismissed_in: Option<DismissalId>,
    /// Time at which the alert was raised.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
}

/// Checks that fraud alerts can be assigned to a user.
///
/// # Errors
/// `VALIDATION_FAILED` for a user who cannot decide fraud alerts.
pub fn check_assignee(user: &User, now: Timestamp) -> Result<(), ApiError> {
    if user.permissions().contains(&Permission::FraudAct) && user.check_usable(now).is_ok() {
        return Ok(());
    }
    Err(ApiError::field(
        "assignedTo",
        "not_permitted",
        "This user cannot decide fraud alerts. Assign the alert to a staff member with the permission fraud.act.",
    ))
}

impl Alert {
    /// The rules that matched.
    pub fn rules(&self) -> impl Iterator<Item = Rule> + '_ {
        self.signals.iter().map(|signal| signal.rule)
    }

    /// Reason for the alert, in a sentence: the rule with the highest score.
    pub fn reason(&self) -> &'static str {
        self.signals
            .iter()
            .rev()
            .max_by_key(|signal| signal.score)
            .map_or("No rule matches any more.", |signal| signal.rule.reason())
    }

    /// Updates the alert with the findings of a later scan. `None` when they are the same.
    pub fn rescan(
        mut self,
        signals: Vec<Signal>,
        source_ip: Option<String>,
        now: Timestamp,
    ) -> Option<Self> {
        // The findings of rules that only a later release knows stay until it scans again.
        let unknown = self.signals.iter().filter(|signal| !signal.rule.is_known()).cloned();
        let signals: Vec<Signal> = signals.into_iter().chain(unknown).collect();
        if self.signals == signals {
            return None;
        }
        self.score = score(&signals);
        self.signals = signals;
        self.source_ip = source_ip.or(self.source_ip);
        let event =
            Event { score: Some(self.score), ..Event::new(EventKind::Rescanned, None, now) };
        Some(self.noted(event).changed(now))
    }

    /// Changes the status.
    ///
    /// # Errors
    /// `INVALID_ACTION` with the allowed statuses.
    pub fn go(
        mut self,
        to: AlertStatus,
        by: Pseudonym,
        note: Option<String>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if !self.status.moves().contains(&to) {
            let allowed: Vec<&str> =
                self.status.moves().iter().map(|status| status.as_str()).collect();
            let detail = if allowed.is_empty() {
                format!("This alert is {}. This status is final.", self.status.as_str())
            } else {
                format!(
                    "This alert is {}. Choose one of the allowed statuses.",
                    self.status.as_str()
                )
            };
            return Err(ApiError::invalid_action(detail, &allowed));
        }
        self.status = to;
        self.closed_at = (!to.is_live()).then_some(now);
        Ok(self
            .noted(Event { to: Some(to), note, ..Event::new(EventKind::Moved, Some(by), now) })
            .changed(now))
    }

    /// Assigns the alert to a staff member, or unassigns it.
    ///
    /// # Errors
    /// `INVALID_ACTION` once it is decided.
    pub fn assign(
        mut self,
        to: Option<Pseudonym>,
        by: Pseudonym,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if !self.status.is_live() {
            return Err(ApiError::invalid_action(
                format!(
                    "This alert is {}, so it cannot be assigned. You can still add a note.",
                    self.status.as_str()
                ),
                &["note"],
            ));
        }
        self.assigned_to = to;
        Ok(self
            .noted(Event { assigned_to: to, ..Event::new(EventKind::Assigned, Some(by), now) })
            .changed(now))
    }

    /// Adds a note.
    #[must_use]
    pub fn note(self, note: String, by: Pseudonym, now: Timestamp) -> Self {
        self.noted(Event { note: Some(note), ..Event::new(EventKind::Noted, Some(by), now) })
            .changed(now)
    }

    fn noted(mut self, event: Event) -> Self {
        self.history.push(event);
        if self.history.len() > MAX_EVENTS {
            self.history.remove(1);
        }
        self
    }

    fn changed(mut self, now: Timestamp) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// The pseudonyms of all staff members in the alert.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.assigned_to.into_iter().chain(
            self.history.iter().flat_map(|event| event.by.into_iter().chain(event.assigned_to)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_final_and_reachable_from_every_open_status() {
        for status in [AlertStatus::Open, AlertStatus::Investigating, AlertStatus::Escalated] {
            assert!(
                status.moves().contains(&AlertStatus::Dismissed)
                    && status.moves().contains(&AlertStatus::Confirmed)
            );
            assert!(!status.moves().contains(&status), "a transition leads to another status");
        }
        for status in [AlertStatus::Dismissed, AlertStatus::Confirmed] {
            assert!(!status.is_live());
        }
    }
}
