//! Applications as their applicant and staff see them.

use std::collections::HashMap;

use provost_app::App;
use provost_auth::Caller;
use provost_domain::{
    ApiError, ApplicationId, GrantId, Pseudonym, ReplyId, Timestamp, UserId,
    application::{Answers, Application, ApplicationStatus, ApplicationType, Reply},
};
use provost_http::HandlerResult;
use schemars::JsonSchema;
use serde::Serialize;

use crate::rank::unreadable;

/// A reply to an application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplyView {
    /// Reply id.
    pub id: ReplyId,
    /// Whether staff wrote it; otherwise the applicant did.
    pub is_staff: bool,
    /// Text, with its line breaks.
    pub content: String,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl From<Reply> for ReplyView {
    fn from(reply: Reply) -> Self {
        let Reply { id, is_staff, content, created_at, .. } = reply;
        Self { id, is_staff, content, created_at }
    }
}

/// Maximum number of replies in an answer: 2000 characters each are far below the 6 MB that Lambda
/// returns.
pub const MAX_REPLIES: usize = 200;

/// The latest replies to an application, oldest first, and at most `most`.
pub async fn replies(
    app: &App,
    application: &Application,
    most: usize,
) -> HandlerResult<Vec<ReplyView>> {
    if application.replies == 0 || most == 0 {
        return Ok(Vec::new());
    }
    let found = app.store().replies(application.id).await?;
    let earlier = found.len().saturating_sub(most);
    Ok(found.into_iter().skip(earlier).map(ReplyView::from).collect())
}

/// An application, as its applicant sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnApplicationView {
    /// Application id, for its replies.
    pub id: ApplicationId,
    /// Type of application.
    pub r#type: ApplicationType,
    /// Status; `approved` and `rejected` are final.
    pub status: ApplicationStatus,
    /// The answers by question.
    pub answers: Answers,
    /// The latest replies, oldest first. A page holds at most 200, those of the newest applications
    /// first.
    pub replies: Vec<ReplyView>,
    /// Number of replies.
    pub reply_count: u32,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the decision; null while the application waits for it.
    pub decided_at: Option<Timestamp>,
}

impl OwnApplicationView {
    /// The application with its replies.
    pub fn of(application: Application, replies: Vec<ReplyView>) -> Self {
        let Application { id, r#type, status, answers, created_at, decided_at, .. } = application;
        let reply_count = application.replies;
        Self { id, r#type, status, answers, replies, reply_count, created_at, decided_at }
    }
}

/// The user who applied.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applicant {
    /// User id.
    pub id: UserId,
    /// Display name; null after erasure.
    pub name: Option<String>,
    /// Email address; null after erasure.
    pub email: Option<String>,
}

/// An internal note about an application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationNote {
    /// Time of the note.
    pub at: Timestamp,
    /// User id of the author, or pseudonym after erasure.
    pub by: String,
    /// Text, with its line breaks.
    pub text: String,
}

/// An application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationView {
    /// Application id, for its replies.
    pub id: ApplicationId,
    /// The user who applied.
    pub user: Applicant,
    /// Type of application.
    pub r#type: ApplicationType,
    /// Status; `approved` and `rejected` are final.
    pub status: ApplicationStatus,
    /// Statuses that the application can change to.
    pub allowed_transitions: Vec<ApplicationStatus>,
    /// The answers by question.
    pub answers: Answers,
    /// Time at which the appealed ban took effect; null for other applications.
    pub appealed_ban_at: Option<Timestamp>,
    /// Internal notes, oldest first.
    pub notes: Vec<ApplicationNote>,
    /// Number of replies.
    pub replies: u32,
    /// The grant that was given with the approval.
    pub grant_id: Option<GrantId>,
    /// What the approval found, if there was nothing left to do.
    pub outcome_note: Option<String>,
    /// User id of the staff member who decided, or pseudonym after erasure.
    pub decided_by: Option<String>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the decision.
    pub decided_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

impl ApplicationView {
    /// The application for staff who cannot decide it: that it exists, and how far it is.
    fn without_texts(self) -> Self {
        Self {
            answers: Answers::default(),
            notes: Vec::new(),
            outcome_note: None,
            decided_by: None,
            redacted: vec!["answers", "notes", "outcomeNote", "decidedBy"],
            ..self
        }
    }
}

/// Applications as staff see them.
pub async fn views(app: &App, found: Vec<Application>) -> HandlerResult<Vec<ApplicationView>> {
    let store = app.store();
    let users: Vec<_> = found.iter().map(|application| application.user_id).collect();
    let rows: HashMap<_, _> =
        store.user_rows(&users).await?.into_iter().map(|row| (row.user_id, row)).collect();
    let staff = store.subjects(found.iter().flat_map(Application::staff)).await?;
    let named = |pseudonym: Pseudonym| {
        staff
            .get(&pseudonym)
            .map_or_else(|| pseudonym.to_string(), |subject| subject.user_id.to_string())
    };
    let mut views = Vec::new();
    for application in found {
        let row = rows.get(&application.user_id);
        views.push(ApplicationView {
            replies: application.replies,
            id: application.id,
            user: Applicant {
                id: application.user_id,
                name: row.map(|row| row.name.clone()),
                email: row.map(|row| row.email.clone()),
            },
            r#type: application.r#type,
            status: application.status,
            allowed_transitions: application.status.transitions().to_vec(),
            answers: application.answers,
            appealed_ban_at: application.ban.map(|ban| ban.at),
            notes: application
                .notes
                .into_iter()
                .map(|note| ApplicationNote { at: note.at, by: named(note.by), text: note.text })
                .collect(),
            grant_id: application.grant_id,
            outcome_note: application.outcome_note,
            decided_by: application.decided_by.map(named),
            created_at: application.created_at,
            updated_at: application.updated_at,
            decided_at: application.decided_at,
            version: application.version,
            redacted: Vec::new(),
        });
    }
    Ok(views)
}

/// Applications in a list as this caller sees them. An application that the caller cannot decide
/// shows no texts.
pub async fn list_views(
    app: &App,
    caller: &Caller,
    found: Vec<Application>,
) -> HandlerResult<Vec<ApplicationView>> {
    let refused = unreadable(app, caller, found.iter().map(|found| found.user_id)).await?;
    let shown = views(app, found)
        .await?
        .into_iter()
        .map(|view| if refused.contains(&view.user.id) { view.without_texts() } else { view });
    Ok(shown.collect())
}

/// An application with its replies.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationDetails {
    /// The application.
    #[serde(flatten)]
    pub application: ApplicationView,
    /// The latest 200 replies, oldest first.
    pub thread: Vec<ReplyView>,
}

/// One application as staff see it.
pub async fn view(app: &App, application: Application) -> HandlerResult<ApplicationDetails> {
    let thread = replies(app, &application, MAX_REPLIES).await?;
    let found = views(app, vec![application]).await?;
    let application = found.into_iter().next().ok_or_else(|| ApiError::missing("application"))?;
    Ok(ApplicationDetails { application, thread })
}
