//! `POST /api/admin/users/{id}/notes`: add a staff note about a user. It is part of the user's
//! export and is removed with the account.

use provost_domain::text;
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffTargetGrant};
use provost_operations::user;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::notes::list::NoteView;

/// Maximum length of a note, in characters.
const MAX_LENGTH: usize = 4000;

/// Request to add a staff note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddNote {
    /// Text of the note, 1 to 4000 characters. Line breaks are kept.
    #[schemars(length(min = 1, max = 4000))]
    text: String,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Adds a note.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`.
pub async fn add_user_note(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<AddNote>,
) -> HandlerResult<Created<NoteView>> {
    let (note, reason) =
        (text::note("text", &body.text, MAX_LENGTH)?, ctx.reason(body.reason.as_deref())?);
    let (about, author) = (&ctx.target, &ctx.caller.user);
    let op = ctx.op(reason);
    let change = user::add_note(&op, about, author.pseudonym, &note)?;
    let location = format!("/api/admin/users/{}/notes", about.user_id);
    ctx.complete(change, |added| {
        let view = NoteView::of(added.id, op.now, &note, added.author, Some(author.user_id));
        Created(view, location)
    })
    .await
}
