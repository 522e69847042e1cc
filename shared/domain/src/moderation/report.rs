//! A report about content or a user, from the user who files it to the decision of staff.
//!
//! `open → investigating`, back and forth, until it is `resolved` or `dismissed`, which are final.

mod names;

use serde::{Deserialize, Serialize};

pub use names::{
    ReportAction, ReportCategory, ReportEventKind, ReportStatus, ReportType, Severity,
};

use crate::{
    ApiError, EvidenceId, Permission, Pseudonym, ReportId, Timestamp, User, UserId,
    content::{ContentId, ContentKind},
};

/// Maximum number of entries in the history of a report; the oldest are removed, except the first.
const MAX_EVENTS: usize = 100;
/// Maximum number of URLs that a reporter gives as evidence.
pub const MAX_LINKS: usize = 10;
/// Maximum length of a description or note, in characters.
pub const MAX_TEXT: usize = 2000;

/// An event in the history of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportEvent {
    /// Time of the event.
    pub at: Timestamp,
    /// Kind of event.
    pub kind: ReportEventKind,
    /// Pseudonym of the user who caused the event; absent for the system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Pseudonym>,
    /// New status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<ReportStatus>,
    /// New severity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub severity: Option<Severity>,
    /// Pseudonym of the new assignee.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<Pseudonym>,
    /// Text of the note.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl ReportEvent {
    /// Creates an event.
    pub const fn new(kind: ReportEventKind, by: Option<Pseudonym>, at: Timestamp) -> Self {
        Self { at, kind, by, to: None, severity: None, assigned_to: None, note: None }
    }
}

/// The content that a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedContent {
    /// Content id.
    pub id: ContentId,
    /// Kind of content.
    pub kind: ContentKind,
    /// Name that it had when it was reported.
    pub name: String,
    /// The evidence that was taken when it was reported.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence_id: Option<EvidenceId>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Report id.
    pub id: ReportId,
    /// What the report is about.
    pub r#type: ReportType,
    /// Category.
    pub category: ReportCategory,
    /// Severity.
    pub severity: Severity,
    /// Status.
    pub status: ReportStatus,
    /// The reported user, or the owner of the reported content; absent after their erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reported_id: Option<UserId>,
    /// Pseudonym of the reported user.
    pub reported: Pseudonym,
    /// The content, for a report about content; absent after the erasure of its owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content: Option<ReportedContent>,
    /// The user who filed the report; absent after their erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reporter_id: Option<UserId>,
    /// Pseudonym of the user who filed the report.
    pub reporter: Pseudonym,
    /// Why it was reported, in the words of the reporter; absent after an erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Further details by the reporter; absent after an erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// URLs that the reporter gave as evidence.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Pseudonym of the assignee.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<Pseudonym>,
    /// What staff did about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action: Option<ReportAction>,
    /// Reason for the action, which the reported user is shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action_reason: Option<String>,
    /// What the action found, if there was nothing left to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action_note: Option<String>,
    /// History, oldest event first.
    pub history: Vec<ReportEvent>,
    /// Time at which it was filed.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed_at: Option<Timestamp>,
    /// Pseudonym of the staff member who decided; absent if the system closed the report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by: Option<Pseudonym>,
    /// Version number; increases with every change.
    pub version: u64,
}

/// Checks that reports can be assigned to a user.
///
/// # Errors
/// `VALIDATION_FAILED` for a user who cannot decide reports.
pub fn check_assignee(user: &User, now: Timestamp) -> Result<(), ApiError> {
    if user.permissions().contains(&Permission::ReportDecide) && user.check_usable(now).is_ok() {
        return Ok(());
    }
    Err(ApiError::field(
        "assignedTo",
        "not_permitted",
        "This user cannot decide reports. Assign the report to a staff member with the permission report.decide.",
    ))
}

impl Report {
    /// Checks that the report waits for a decision.
    ///
    /// # Errors
    /// `INVALID_ACTION` with who decided it and how.
    pub fn check_live(&self, decided_by: Option<UserId>) -> Result<(), ApiError> {
        if self.status.is_live() {
            return Ok(());
        }
        let by = decided_by
            .map(|user| user.to_string())
            .or_else(|| self.decided_by.map(|pseudonym| pseudonym.to_string()));
        let mut error = ApiError::invalid_action(
            format!(
                "This report is already {}. This status is final. Read the report to see the decision.",
                self.status.as_str()
            ),
            &["notes"],
        )
        .with("decision", self.status.as_str());
        if let Some(by) = by {
            error = error.with("decidedBy", by);
        }
        if let Some(action) = self.action {
            error = error.with("action", action.as_str());
        }
        if let Some(at) = self.closed_at {
            error = error.with("decidedAt", at.to_string());
        }
        Err(error)
    }

    /// Changes the status.
    ///
    /// # Errors
    /// `INVALID_ACTION` with the allowed statuses.
    pub fn transition_to(
        mut self,
        to: ReportStatus,
        by: Pseudonym,
        note: Option<String>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if !self.status.transitions().contains(&to) {
            let allowed: Vec<&str> =
                self.status.transitions().iter().map(|status| status.as_str()).collect();
            return Err(ApiError::invalid_action(
                format!(
                    "This report is {}. Choose one of the allowed statuses.",
                    self.status.as_str()
                ),
                &allowed,
            ));
        }
        self.status = to;
        if !to.is_live() {
            (self.closed_at, self.decided_by) = (Some(now), Some(by));
        }
        let event = ReportEvent::new(ReportEventKind::Moved, Some(by), now);
        Ok(self.recorded(ReportEvent { to: Some(to), note, ..event }))
    }

    /// Assigns the report to a staff member, or unassigns it.
    #[must_use]
    pub fn assign(mut self, to: Option<Pseudonym>, by: Pseudonym, now: Timestamp) -> Self {
        self.assigned_to = to;
        let event = ReportEvent::new(ReportEventKind::Assigned, Some(by), now);
        self.recorded(ReportEvent { assigned_to: to, ..event })
    }

    /// Changes the severity.
    #[must_use]
    pub fn rate(mut self, severity: Severity, by: Pseudonym, now: Timestamp) -> Self {
        self.severity = severity;
        let event = ReportEvent::new(ReportEventKind::Rated, Some(by), now);
        self.recorded(ReportEvent { severity: Some(severity), ..event })
    }

    /// Adds a note.
    #[must_use]
    pub fn note(self, note: String, by: Pseudonym, now: Timestamp) -> Self {
        let event = ReportEvent::new(ReportEventKind::Noted, Some(by), now);
        self.recorded(ReportEvent { note: Some(note), ..event })
    }

    /// Removes what identifies the reporter, after their erasure. The report still waits for its
    /// decision, with what it is about.
    #[must_use]
    pub fn forget_reporter(mut self, now: Timestamp) -> Self {
        (self.reporter_id, self.reason, self.description) = (None, None, None);
        self.evidence.clear();
        self.forget_notes();
        self.erased(
            "The account that filed this report was erased, with the texts of the report.",
            now,
        )
    }

    /// Removes what identifies the reported user, after their erasure, and closes the report.
    #[must_use]
    pub fn forget_reported(mut self, now: Timestamp) -> Self {
        (self.reported_id, self.content) = (None, None);
        (self.reason, self.description) = (None, None);
        (self.action_reason, self.action_note) = (None, None);
        self.evidence.clear();
        self.forget_notes();
        if self.status.is_live() {
            // A status of a later release stays as it is; only that release can close it.
            self.status = ReportStatus::Dismissed;
            self.closed_at = Some(now);
        }
        self.erased(
            "The account that this report is about was erased, with the texts of the report.",
            now,
        )
    }

    /// Notes of staff may name the reporter or the reported user.
    fn forget_notes(&mut self) {
        for event in &mut self.history {
            event.note = None;
        }
    }

    fn erased(mut self, note: &str, now: Timestamp) -> Self {
        let event = ReportEvent::new(ReportEventKind::Erased, None, now);
        let to = (!self.status.is_live()).then_some(self.status);
        self.version += 1;
        self.updated_at = now;
        self.recorded(ReportEvent { to, note: Some(note.to_owned()), ..event })
    }

    fn recorded(mut self, event: ReportEvent) -> Self {
        self.updated_at = event.at;
        self.history.push(event);
        if self.history.len() > MAX_EVENTS {
            self.history.remove(1);
        }
        self
    }

    /// What the report is about, as the key of the reporter's one open report about it.
    pub fn target(&self) -> Option<String> {
        match (&self.content, self.reported_id) {
            (Some(content), _) => Some(content.id.to_string()),
            (None, user) => user.map(|user| user.to_string()),
        }
    }

    /// The pseudonyms of all users that the report names besides the reported one and the reporter.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.assigned_to.into_iter().chain(self.decided_by).chain(
            self.history.iter().flat_map(|event| event.by.into_iter().chain(event.assigned_to)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_final_and_reachable_from_every_open_status() {
        for status in [ReportStatus::Open, ReportStatus::Investigating] {
            for to in [ReportStatus::Resolved, ReportStatus::Dismissed] {
                assert!(status.transitions().contains(&to));
                assert!(!to.is_live());
            }
            assert!(!status.transitions().contains(&status));
        }
    }
}
