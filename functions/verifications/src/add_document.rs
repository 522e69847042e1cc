//! `POST /api/admin/users/{id}/documents`: add a document about a user. It is part of the user's
//! export and is removed with the account.

use provost_domain::{
    ApiError, DocumentId,
    staff_record::{Document, document_key},
    text,
};
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffTargetGrant};
use provost_operations::verification as verifications;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

use crate::{list_documents::DocumentView, uploads::Upload};

/// Media types of documents.
const TYPES: [&str; 3] = ["application/pdf", "image/jpeg", "image/png"];

/// Request to add a document about a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddDocument {
    /// Name of the document, at most 120 characters.
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// Description of the document, at most 500 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    description: Option<String>,
    /// Media type: `application/pdf`, `image/jpeg` or `image/png`.
    content_type: String,
    /// Content in base64. The whole request can have at most 1 MiB.
    data: String,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Adds a document.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`.
pub async fn add_user_document(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<AddDocument>,
) -> HandlerResult<Created<DocumentView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let name = text::line("name", &body.name, 120)?;
    let description = body
        .description
        .map(|description| text::note("description", &description, 500))
        .transpose()?;
    let file = Upload::here(body.content_type, body.data).check("", &TYPES).map_err(flat)?;
    let person = ctx.target.clone();
    let id = ctx.app.id(DocumentId::new);
    let document = Document {
        id,
        name,
        description,
        content_type: file.content_type.clone(),
        size: file.size,
        by: ctx.caller.user.pseudonym,
        created_at: ctx.now(),
    };
    let key = document_key(person.user_id, id);
    file.store(&ctx.app, &key, &key, "document").await?;
    let answer = Created(
        DocumentView::of(document.clone(), None),
        format!("/api/admin/users/{}/documents", person.user_id),
    );
    let change = verifications::add_document(&ctx.op(reason), &person, document)?;
    let written = ctx.complete(change, |_| answer.clone()).await;
    if written.is_err() {
        let store = ctx.app.store();
        match store.document(person.user_id, id).await {
            // The item was written, and only the response was lost.
            Ok(Some(_)) => return Ok(answer),
            Ok(None) => {
                if let Err(error) = store.erase_objects(&store.names().files, &key).await {
                    warn!(document.id = %id, cause = %error, "a document of no entry could not be removed");
                }
            }
            // The result is unknown; an extra object is better than an entry without one.
            Err(error) => {
                warn!(document.id = %id, cause = %error, "a document may have been added")
            }
        }
    }
    written
}

/// Moves the errors of an upload to the top-level fields of the request.
fn flat(mut refused: ApiError) -> ApiError {
    for field in &mut refused.fields {
        field.field = field.field.trim_start_matches('.').to_owned();
    }
    refused
}
