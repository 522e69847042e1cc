use provost_domain::{
    Pseudonym, User,
    audit::note_change,
    fraud::{Acknowledged, Alert, AlertStatus, alert::check_assignee},
};

use super::{CHANGED, resource};
use crate::{Change, Op, OperationError};

/// An update of a fraud alert. Values that are absent stay as they are.
#[derive(Debug, Clone, Default)]
pub struct AlertUpdate {
    /// New status.
    pub status: Option<AlertStatus>,
    /// New assignee; `Some(None)` for no assignee.
    pub assigned_to: Option<Option<User>>,
    /// Note for the history.
    pub note: Option<String>,
}

/// Updates a fraud alert about a user.
///
/// # Errors
/// `VALIDATION_FAILED` for an assignee who cannot decide fraud alerts; `INVALID_ACTION` for a status
/// that the alert cannot have next, or an assignee of a decided alert.
pub async fn update_alert(
    op: &Op<'_>,
    before: &Alert,
    user: &User,
    update: AlertUpdate,
    by: Pseudonym,
) -> Result<Change<Alert>, OperationError> {
    let mut alert = before.clone();
    if let Some(assignee) = update.assigned_to {
        if let Some(assignee) = &assignee {
            check_assignee(assignee, op.now)?;
        }
        alert = alert.assign(assignee.map(|assignee| assignee.pseudonym), by, op.now)?;
    }
    alert = match (update.status, update.note) {
        (Some(status), note) => alert.go(status, by, note, op.now)?,
        (None, Some(note)) => alert.note(note, by, op.now),
        (None, None) => alert,
    };
    // One update increases the version by one, however many fields it changes.
    alert.version = before.version + 1;

    let acknowledged = match alert.status.is_live() {
        true => Acknowledged::default(),
        false => op
            .app
            .store()
            .alert_place(alert.user_id, alert.rule_set)
            .await?
            .map(|place| place.acknowledged)
            .unwrap_or_default(),
    };
    let mut tx = op.transaction();
    tx.save_alert(&alert, before.status.is_live(), acknowledged)?;
    let mut entry = op.entry("fraud.alert_updated", resource(&alert, user));
    note_change(&mut entry.changes, "status", &before.status, &alert.status);
    note_change(&mut entry.changes, "assignedTo", &before.assigned_to, &alert.assigned_to);
    tx.audit(entry)?;
    Ok(Change::new(tx, alert).decided_again_on(&CHANGED))
}
