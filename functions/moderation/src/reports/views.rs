//! Reports as their reporter and staff see them.

use std::collections::HashMap;

use provost_app::App;
use provost_auth::Caller;
use provost_domain::{
    ApiError, Pseudonym, ReportId, Timestamp, UserId,
    content::{ContentId, Evidence},
    report::{
        Report, ReportAction, ReportCategory, ReportEvent, ReportEventKind, ReportStatus,
        ReportType, Severity,
    },
};
use provost_http::HandlerResult;
use schemars::JsonSchema;
use serde::Serialize;

use crate::rank::unreadable;

/// A report, as its reporter sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnReportView {
    /// Report id, for `/api/admin/reports/{id}`.
    pub id: ReportId,
    /// What the report is about.
    pub r#type: ReportType,
    /// Id of the reported user, file or short URL; null after an erasure.
    pub reported_item_id: Option<String>,
    /// Category that the reporter chose.
    pub category: ReportCategory,
    /// Why you reported it.
    pub reason: Option<String>,
    /// Further details.
    pub description: Option<String>,
    /// URLs as evidence.
    pub evidence: Vec<String>,
    /// Status of the report.
    pub status: ReportStatus,
    /// Time at which you filed the report.
    pub created_at: Timestamp,
    /// Time of the decision; null while the report waits for it.
    pub closed_at: Option<Timestamp>,
}

impl From<Report> for OwnReportView {
    fn from(report: Report) -> Self {
        Self {
            id: report.id,
            r#type: report.r#type,
            reported_item_id: report.target(),
            category: report.category,
            reason: report.reason,
            description: report.description,
            evidence: report.evidence,
            status: report.status,
            created_at: report.created_at,
            closed_at: report.closed_at,
        }
    }
}

/// A user whom a report names.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportUser {
    /// User id, or pseudonym after erasure.
    pub id: String,
    /// Display name; null after erasure.
    pub name: Option<String>,
}

/// Kind of the thing that a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportedKind {
    /// A file.
    File,
    /// A short URL.
    Url,
    /// A user.
    User,
}

/// What a report is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportedItem {
    /// Id of the user, file or short URL; the pseudonym of the owner after their erasure.
    pub id: String,
    /// Kind of the thing.
    pub r#type: ReportedKind,
    /// Name of the user, or of the content when it was reported; null after an erasure.
    pub name: Option<String>,
    /// The reported user, or the owner of the content.
    pub owner: ReportUser,
}

/// A report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// Report id, for `/api/admin/reports/{id}`.
    pub id: ReportId,
    /// What the report is about.
    pub r#type: ReportType,
    /// The reported user or content.
    pub reported_item: ReportedItem,
    /// The reporter; null in a report about the caller.
    pub reported_by: Option<ReportUser>,
    /// Category that the reporter chose.
    pub category: ReportCategory,
    /// Why it was reported, in the words of the reporter; null after an erasure.
    pub reason: Option<String>,
    /// Further details by the reporter.
    pub description: Option<String>,
    /// URLs that the reporter gave as evidence.
    pub evidence: Vec<String>,
    /// Severity, first by category; staff can change it.
    pub severity: Severity,
    /// Status; `resolved` and `dismissed` are final.
    pub status: ReportStatus,
    /// Statuses that the report can change to.
    pub allowed_transitions: Vec<ReportStatus>,
    /// User id of the assignee, or pseudonym after erasure.
    pub assigned_to: Option<String>,
    /// What staff did about it.
    pub action: Option<ReportAction>,
    /// Reason for the action, as shown to the user.
    pub action_reason: Option<String>,
    /// What the action found, if there was nothing left to do.
    pub action_note: Option<String>,
    /// User id of the staff member who decided, or pseudonym after erasure; null if the system
    /// closed the report.
    pub decided_by: Option<String>,
    /// Time at which it was filed.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the decision.
    pub closed_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
    /// History, oldest event first.
    pub history: Vec<ReportEventView>,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

impl ReportView {
    /// The report for staff who cannot read it: that it exists, and how far it is. Who reported it,
    /// who decides it and what they wrote is left out.
    fn without_texts(self) -> Self {
        let history = self.history.into_iter().map(|event| ReportEventView {
            by: None,
            assigned_to: None,
            note: None,
            ..event
        });
        Self {
            reported_by: None,
            reason: None,
            description: None,
            evidence: Vec::new(),
            assigned_to: None,
            action_reason: None,
            action_note: None,
            decided_by: None,
            history: history.collect(),
            redacted: vec![
                "reportedBy",
                "reason",
                "description",
                "evidence",
                "assignedTo",
                "actionReason",
                "actionNote",
                "decidedBy",
                "history.by",
                "history.assignedTo",
                "history.note",
            ],
            ..self
        }
    }
}

/// An event in the history of a report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportEventView {
    /// Time of the event.
    pub at: Timestamp,
    /// Kind of event.
    pub kind: ReportEventKind,
    /// User id of the user who caused it, or pseudonym after erasure. Absent for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// New status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<ReportStatus>,
    /// New severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// User id of the new assignee, or pseudonym after erasure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// Text of the note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A report with the evidence about reported content.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportDetails {
    /// The report.
    #[serde(flatten)]
    pub report: ReportView,
    /// What the content was when it was reported; null for a report about a user, and after the
    /// evidence was deleted.
    pub content_evidence: Option<ContentEvidence>,
}

impl ReportDetails {
    /// The details, without evidence about content yet.
    pub fn of(view: ReportView) -> Self {
        Self { report: view, content_evidence: None }
    }
}

/// Evidence about reported content. It is kept even if the content is removed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentEvidence {
    /// Id of the file or short URL.
    pub content_id: ContentId,
    /// Name of the content.
    pub name: String,
    /// Media type; null for a short URL.
    pub content_type: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes in hexadecimal, if known.
    pub sha256: Option<String>,
    /// The URL that a short URL led to.
    pub target: Option<String>,
    /// Whether there is a copy of the bytes.
    pub has_copy: bool,
    /// URL of the copy, valid for one minute. Requires `content.remove`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_url: Option<String>,
    /// Time at which the evidence was taken.
    pub taken_at: Timestamp,
    /// Time until which it is kept.
    pub kept_until: Timestamp,
}

impl From<&Evidence> for ContentEvidence {
    fn from(evidence: &Evidence) -> Self {
        Self {
            content_id: evidence.content_id,
            name: evidence.name.clone(),
            content_type: evidence.content_type.clone(),
            size: evidence.size,
            sha256: evidence.sha256.clone(),
            target: evidence.target.clone(),
            has_copy: evidence.copy.is_some(),
            copy_url: None,
            taken_at: evidence.created_at,
            kept_until: evidence.kept_until(),
        }
    }
}

/// The users whom reports name.
struct Named {
    ids: HashMap<Pseudonym, UserId>,
    names: HashMap<UserId, String>,
}

impl Named {
    fn id(&self, pseudonym: Pseudonym) -> String {
        self.ids
            .get(&pseudonym)
            .map_or_else(|| pseudonym.to_string(), std::string::ToString::to_string)
    }

    fn user(&self, id: Option<UserId>, pseudonym: Pseudonym) -> ReportUser {
        let name = id.and_then(|id| self.names.get(&id).cloned());
        // Without a name, the account is being erased or is gone.
        let id = id.filter(|_| name.is_some());
        ReportUser { id: id.map_or_else(|| pseudonym.to_string(), |id| id.to_string()), name }
    }
}

/// Reports as this caller sees them.
pub async fn views(
    app: &App,
    caller: &Caller,
    reports: &[Report],
) -> HandlerResult<Vec<ReportView>> {
    let store = app.store();
    let users: Vec<UserId> = reports
        .iter()
        .flat_map(|report| report.reported_id.into_iter().chain(report.reporter_id))
        .collect();
    let rows = store.user_rows(&users).await?;
    let staff = store.subjects(reports.iter().flat_map(Report::staff)).await?;
    let named = Named {
        ids: staff.into_iter().map(|(pseudonym, subject)| (pseudonym, subject.user_id)).collect(),
        names: rows.into_iter().map(|row| (row.user_id, row.name)).collect(),
    };
    Ok(reports.iter().map(|report| one(&named, caller, report)).collect())
}

/// Reports in a list as this caller sees them. A report that the caller cannot read on its own shows
/// no texts and no other people here either.
pub async fn list_views(
    app: &App,
    caller: &Caller,
    reports: &[Report],
) -> HandlerResult<Vec<ReportView>> {
    let refused = unreadable(app, caller, reports.iter().filter_map(|report| report.reported_id));
    let (refused, shown) = (refused.await?, views(app, caller, reports).await?);
    let shown = shown.into_iter().zip(reports).map(|(view, report)| {
        let is_refused = report.reported == caller.user.pseudonym
            || report.reported_id.is_some_and(|user| refused.contains(&user));
        if is_refused { view.without_texts() } else { view }
    });
    Ok(shown.collect())
}

/// One report as this caller sees it.
pub async fn view(app: &App, caller: &Caller, report: &Report) -> HandlerResult<ReportView> {
    let views = views(app, caller, std::slice::from_ref(report)).await?;
    Ok(views.into_iter().next().ok_or_else(|| ApiError::missing("report"))?)
}

fn one(named: &Named, caller: &Caller, report: &Report) -> ReportView {
    let owner = named.user(report.reported_id, report.reported);
    let reported_item = match &report.content {
        Some(content) => ReportedItem {
            id: content.id.to_string(),
            r#type: match content.id {
                ContentId::File(_) => ReportedKind::File,
                ContentId::Url(_) => ReportedKind::Url,
            },
            name: Some(content.name.clone()),
            owner,
        },
        None => ReportedItem {
            id: owner.id.clone(),
            r#type: match report.r#type {
                ReportType::Content => ReportedKind::File,
                ReportType::User | ReportType::Unknown(_) => ReportedKind::User,
            },
            name: owner.name.clone(),
            owner,
        },
    };
    // Staff do not see who reported them.
    let own = report.reported == caller.user.pseudonym;
    let event = |event: &ReportEvent| ReportEventView {
        at: event.at,
        kind: event.kind,
        by: event
            .by
            .filter(|_| !(own && event.kind == ReportEventKind::Filed))
            .map(|by| named.id(by)),
        to: event.to,
        severity: event.severity,
        assigned_to: event.assigned_to.map(|staff| named.id(staff)),
        note: event.note.clone(),
    };
    ReportView {
        id: report.id,
        r#type: report.r#type,
        reported_item,
        reported_by: (!own).then(|| named.user(report.reporter_id, report.reporter)),
        category: report.category,
        reason: report.reason.clone(),
        description: report.description.clone(),
        evidence: report.evidence.clone(),
        severity: report.severity,
        status: report.status,
        allowed_transitions: report.status.transitions().to_vec(),
        assigned_to: report.assigned_to.map(|staff| named.id(staff)),
        action: report.action,
        action_reason: report.action_reason.clone(),
        action_note: report.action_note.clone(),
        decided_by: report.decided_by.map(|staff| named.id(staff)),
        created_at: report.created_at,
        updated_at: report.updated_at,
        closed_at: report.closed_at,
        version: report.version,
        history: report.history.iter().map(event).collect(),
        redacted: Vec::new(),
    }
}
