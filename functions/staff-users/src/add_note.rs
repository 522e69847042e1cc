//! `POST /api/admin/users/{id}/notes`: note something about a person, for colleagues. It leaves with the person's export and goes with the person.

use provost_domain::{NoteId, audit::Resource, text};
use provost_http::{Answer, Body, Call, Created, OverGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::list_notes::NoteView;

/// The longest note, in characters.
const LONGEST: usize = 4000;

/// A note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddNote {
    /// The text, 1 to 4000 characters; line breaks are kept.
    #[schemars(length(min = 1, max = 4000))]
    text: String,
    /// Why, 3 to 500 characters; the header `X-Reason` will do as well.
    #[serde(default)]
    reason: Option<String>,
}

/// Adds a note.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`.
pub async fn add_user_note(call: Call<OverGrant>, Body(body): Body<AddNote>) -> Answer<Created<NoteView>> {
    let (note, reason) = (text::note("text", &body.text, LONGEST)?, call.reason(body.reason.as_deref())?);
    let about = call.target.clone();
    let (id, now, author) = (call.app.id(NoteId::new), call.now(), &call.caller.principal);
    let mut tx = call.app.transaction();
    // A note must not be added to someone who is being erased.
    tx.check_principal(&about)?;
    tx.add_note(&about, id, author.pseudonym, &note, now)?;
    let mut entry = call.entry("user.note_added", Resource::Owned { kind: "note", id: id.to_string(), owner: about.subject() });
    entry.reason = reason;
    tx.audit(entry)?;
    let answer =
        Created(NoteView::of(id, now, &note, author.pseudonym, Some(author.user_id)), format!("/api/admin/users/{}/notes", about.user_id));
    call.commit(tx, &answer).await?;
    Ok(answer)
}
