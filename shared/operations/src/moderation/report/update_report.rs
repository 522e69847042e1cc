use provost_domain::{
    ApiError, Status, Timestamp, User,
    audit::{Resource, note_change},
    mail::Template,
    message::About,
    notification::NotificationKind,
    rank::{Acting, check_rank, permission_denied},
    report::{Report, ReportAction, ReportStatus, Severity, check_assignee},
    user::SuspensionKind,
};
use provost_store::{Conflict, Transaction};

use super::resource;
use crate::{
    Change, Op, OperationError,
    moderation::begin_removal,
    user::{Ban, ban},
};

/// An update of a report. Values that are absent stay as they are.
#[derive(Debug, Clone, Default)]
pub struct ReportUpdate {
    /// New status.
    pub status: Option<ReportStatus>,
    /// What to do about a justified report.
    pub action: Option<ReportAction>,
    /// Time at which a ban ends; none for a permanent ban.
    pub ban_expires_at: Option<Timestamp>,
    /// New severity.
    pub severity: Option<Severity>,
    /// New assignee; `Some(None)` for no assignee.
    pub assigned_to: Option<Option<User>>,
    /// Internal note for the history.
    pub notes: Option<String>,
}

/// Updates or decides a report about a user or their content. An action is carried out in the same
/// transaction, by the same operation as its route and within the permissions of the caller. The
/// reason of the operation is what the user receives. An action that finds nothing left to do is
/// noted.
///
/// # Errors
/// `INVALID_ACTION` when it is already decided, with who decided it and how; `PERMISSION_DENIED` and
/// `OUTRANKED` for an action that the caller cannot take; `VALIDATION_FAILED` for an assignee who
/// cannot decide reports, or an action that does not fit the report; `LAST_SUPERADMIN`.
pub async fn update_report(
    op: &Op<'_>,
    acting: Acting<'_>,
    before: &Report,
    reported: Option<&User>,
    update: ReportUpdate,
) -> Result<Change<Report>, OperationError> {
    let by = acting.user.pseudonym;
    let ReportUpdate { status, action, ban_expires_at, severity, assigned_to, notes } = update;
    if status.is_some() || severity.is_some() || assigned_to.is_some() {
        check_undecided(op, before).await?;
    }
    if let Some(action) = action {
        check_action(acting, before, reported, action)?;
    }
    let mut report = before.clone();
    if let Some(assignee) = assigned_to {
        if let Some(assignee) = &assignee {
            check_assignee(assignee, op.now)?;
        }
        report = report.assign(assignee.map(|assignee| assignee.pseudonym), by, op.now);
    }
    if let Some(severity) = severity {
        report = report.rate(severity, by, op.now);
    }
    report = match (status, notes) {
        (Some(status), notes) => report.transition_to(status, by, notes, op.now)?,
        (None, Some(notes)) => report.note(notes, by, op.now),
        (None, None) => report,
    };
    // One update increases the version by one, however many fields it changes.
    report.version = before.version + 1;

    let mut tx = op.transaction();
    if let Some(action) = action {
        let taken = take(op, acting, &report, reported, action, ban_expires_at).await?;
        (report.action, report.action_reason) = (Some(action), op.reason.clone());
        match taken {
            Taken::Done(change) => tx = change,
            Taken::NothingLeft(note) => report.action_note = Some(note.to_owned()),
        }
    }
    tx.save_report(&report, before)?;
    let name = if report.status.is_live() || !before.status.is_live() {
        "report.updated"
    } else {
        "report.decided"
    };
    let mut entry = op.entry(name, resource(&report, reported));
    note_change(&mut entry.changes, "status", &before.status, &report.status);
    note_change(&mut entry.changes, "action", &before.action, &report.action);
    note_change(&mut entry.changes, "severity", &before.severity, &report.severity);
    note_change(&mut entry.changes, "assignedTo", &before.assigned_to, &report.assigned_to);
    tx.audit(entry)?;
    Ok(Change::new(tx, report).decided_again_on(&[
        Conflict::Report,
        Conflict::OpenReport,
        Conflict::Content,
        Conflict::Erasing,
    ]))
}

/// Checks that a report waits for a decision. The error names who decided.
async fn check_undecided(op: &Op<'_>, report: &Report) -> Result<(), OperationError> {
    let decided_by = match report.decided_by.filter(|_| !report.status.is_live()) {
        Some(staff) => op.app.store().subjects([staff]).await?.remove(&staff),
        None => None,
    };
    Ok(report.check_live(decided_by.map(|subject| subject.user_id))?)
}

/// Checks that an action fits the report, and that the caller could take it outside of a report.
fn check_action(
    acting: Acting<'_>,
    report: &Report,
    reported: Option<&User>,
    action: ReportAction,
) -> Result<(), ApiError> {
    if action == ReportAction::ContentRemoved && report.content.is_none() {
        return Err(ApiError::field(
            "action",
            "contradiction",
            "This report is about a user, so there is no content to remove. Choose another action.",
        ));
    }
    let missing = action.permission().filter(|needed| !acting.permissions.contains(needed));
    if let Some(missing) = missing {
        return Err(permission_denied(&[missing]));
    }
    match (action, reported) {
        // As for the route that bans a user.
        (ReportAction::UserBanned, Some(reported)) => check_rank(acting, reported),
        _ => Ok(()),
    }
}

/// What came of an action.
enum Taken {
    /// It is in this transaction.
    Done(Transaction),
    /// There was nothing left to do, for this reason.
    NothingLeft(&'static str),
}

const ERASED: &str = "The account was already being erased.";

async fn take(
    op: &Op<'_>,
    acting: Acting<'_>,
    report: &Report,
    reported: Option<&User>,
    action: ReportAction,
    ban_expires_at: Option<Timestamp>,
) -> Result<Taken, OperationError> {
    let by = acting.user.pseudonym;
    let Some(reported) = reported.filter(|user| !user.is_being_erased()) else {
        return Ok(Taken::NothingLeft(ERASED));
    };
    match action {
        ReportAction::ContentRemoved => remove_content(op, acting, report, reported).await,
        ReportAction::UserBanned => {
            if reported.standing() == Status::Suspended && !reported.suspension_over(op.now) {
                return Ok(Taken::NothingLeft("The account was already suspended."));
            }
            let reason = op.reason.clone().unwrap_or_default();
            let banned = Ban {
                kind: SuspensionKind::Ban,
                by,
                reason,
                expires_at: ban_expires_at,
                notify: true,
            };
            Ok(Taken::Done(ban(op, reported, banned).await?.tx))
        }
        ReportAction::UserWarned => warn(op, report, reported),
        ReportAction::Unknown(_) => Err(ApiError::field(
            "action",
            "unknown",
            "This version does not know this action. Choose another one.",
        )
        .into()),
    }
}

async fn remove_content(
    op: &Op<'_>,
    acting: Acting<'_>,
    report: &Report,
    reported: &User,
) -> Result<Taken, OperationError> {
    const GONE: &str = "The content was gone already.";
    let id = report.content.as_ref().map(|content| content.id);
    let content = match id {
        Some(id) => op.app.store().content(id).await?,
        None => None,
    };
    let Some(content) = content.filter(|content| !content.is_removed()) else {
        return Ok(Taken::NothingLeft(GONE));
    };
    let mut tx = op.transaction();
    begin_removal(op, &mut tx, &content, reported, Some(acting.user.pseudonym), true).await?;
    Ok(Taken::Done(tx))
}

fn warn(op: &Op<'_>, report: &Report, reported: &User) -> Result<Taken, OperationError> {
    let mut tx = op.transaction();
    tx.check_not_erasing(reported.user_id)?;
    let reason = op.reason.clone().unwrap_or_default();
    let text = format!("Our staff have looked into a report. Reason for the warning: {reason}");
    let kind = NotificationKind::Account;
    op.notify(&mut tx, reported.user_id, kind, "You have been warned", &text)?;
    let about = Some(About::Report(report.id));
    op.mail(&mut tx, reported.user_id, Template::AccountWarned, about)?;
    tx.audit(op.entry("user.warned", Resource::User(reported.subject())))?;
    Ok(Taken::Done(tx))
}
