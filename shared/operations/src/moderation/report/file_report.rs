use provost_domain::{
    ApiError, Code, ReportId, User,
    audit::note_change,
    content::Content,
    report::{
        Report, ReportCategory, ReportEvent, ReportEventKind, ReportStatus, ReportType,
        ReportedContent,
    },
};
use provost_store::Conflict;

use super::resource;
use crate::{Change, Op, OperationError, moderation::preserve_content};

/// What a new report is about.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one is made per request, and moved once")]
pub enum ReportTarget {
    /// A user.
    User(User),
    /// Content, and its owner.
    Content(Content, User),
}

/// A report to file.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// What it is about.
    pub target: ReportTarget,
    /// Category.
    pub category: ReportCategory,
    /// Why it is reported.
    pub reason: String,
    /// Further details.
    pub description: Option<String>,
    /// URLs as evidence.
    pub evidence: Vec<String>,
}

/// Files a report. Of reported content, evidence is taken: what it is now, and a copy.
///
/// # Errors
/// `CANNOT_MODIFY_SELF` for a report about oneself or one's own content; `ALREADY_EXISTS` when the
/// reporter has an open report about the same user or content; `NOT_FOUND` when it is being erased.
pub async fn file_report(
    op: &Op<'_>,
    reporter: &User,
    new: NewReport,
) -> Result<Change<Report>, OperationError> {
    let (reported, content) = match &new.target {
        ReportTarget::User(user) => (user, None),
        ReportTarget::Content(content, owner) => (owner, Some(content)),
    };
    if reported.user_id == reporter.user_id {
        return Err(ApiError::new(
            Code::CannotModifySelf,
            "You cannot report your own account or content. Contact support if you need help.",
        )
        .into());
    }
    let target = content.map_or_else(|| reported.user_id.to_string(), |found| found.id.to_string());
    // Before the evidence is taken; the condition of the write decides.
    if op.app.store().has_open_report(reporter.user_id, &target).await? {
        return Err(already_reported().into());
    }
    let mut tx = op.transaction();
    let content = match content {
        None => None,
        Some(content) => {
            let evidence = preserve_content(op, content).await?;
            tx.keep_evidence(&evidence)?;
            Some(ReportedContent {
                id: content.id,
                kind: content.kind,
                name: content.name.clone(),
                evidence_id: Some(evidence.id),
            })
        }
    };
    let filed = ReportEvent::new(ReportEventKind::Filed, Some(reporter.pseudonym), op.now);
    let report = Report {
        id: op.app.id(ReportId::new),
        r#type: if content.is_some() { ReportType::Content } else { ReportType::User },
        category: new.category,
        severity: new.category.severity(),
        status: ReportStatus::Open,
        reported_id: Some(reported.user_id),
        reported: reported.pseudonym,
        content,
        reporter_id: Some(reporter.user_id),
        reporter: reporter.pseudonym,
        reason: Some(new.reason),
        description: new.description,
        evidence: new.evidence,
        assigned_to: None,
        action: None,
        action_reason: None,
        action_note: None,
        history: vec![filed],
        created_at: op.now,
        updated_at: op.now,
        closed_at: None,
        decided_by: None,
        version: 1,
    };
    tx.file_report(&report, reporter.user_id, reported.user_id)?;
    let mut entry = op.entry("report.filed", resource(&report, Some(reported)));
    note_change(&mut entry.changes, "type", &None, &Some(report.r#type));
    note_change(&mut entry.changes, "category", &None, &Some(report.category));
    tx.audit(entry)?;
    Ok(Change::new(tx, report)
        .decided_again_on(&[Conflict::Evidence])
        .refused_on(Conflict::OpenReport, already_reported())
        .refused_on(Conflict::Erasing, ApiError::missing("user")))
}

fn already_reported() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "You have already reported this, and the report is still open. Wait for its decision.",
    )
    .with("field", "target")
}
