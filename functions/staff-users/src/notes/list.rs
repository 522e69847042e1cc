//! `GET /api/admin/users/{id}/notes`: staff notes about a user, newest first.

use provost_domain::{NoteId, Pseudonym, Timestamp, UserId};
use provost_http::{
    HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant, users,
};
use provost_store::notes;
use schemars::JsonSchema;
use serde::Serialize;

/// A staff note about a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteView {
    /// Note id.
    id: NoteId,
    /// Text of the note.
    text: String,
    /// Staff member who wrote the note.
    author: AuthorView,
    /// Time of creation.
    created_at: Timestamp,
}

/// The staff member who wrote a note.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorView {
    /// User id; null after erasure.
    id: Option<UserId>,
    /// Pseudonym in the audit log.
    pseudonym: Pseudonym,
}

impl NoteView {
    /// The view of a note.
    pub fn of(
        id: NoteId,
        created_at: Timestamp,
        text: &str,
        pseudonym: Pseudonym,
        author: Option<UserId>,
    ) -> Self {
        Self { id, text: text.to_owned(), author: AuthorView { id: author, pseudonym }, created_at }
    }
}

/// Lists notes.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn list_user_notes(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<NoteView>>> {
    let request = ctx.page_request(&paging).await?;
    let (store, about) = (ctx.app.store(), users::named(&ctx).await?);
    let page = store.notes(about.user_id, &request).await?;
    let authors = store.subjects(page.rows.iter().map(|note| note.author)).await?;
    let page = page.map(|note| {
        let text = notes::text(&about, &note).unwrap_or_default();
        NoteView::of(
            note.id,
            note.created_at,
            &text,
            note.author,
            authors.get(&note.author).map(|author| author.user_id),
        )
    });
    Ok(Json::new(ctx.list(page, &request).await?))
}
