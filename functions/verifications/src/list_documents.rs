//! `GET /api/admin/users/{id}/documents`: documents that staff hold about a user, each with a URL
//! that is valid for one minute. Each access is audited before it can begin.

use provost_domain::{
    DocumentId, Pseudonym, Timestamp,
    audit::Resource,
    staff_record::{Document, document_key},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffTargetGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// A document about a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// Document id.
    id: DocumentId,
    /// Name of the document.
    name: String,
    /// Description of the document; null if there is none.
    description: Option<String>,
    /// Media type of the document.
    content_type: String,
    /// Size of the document in bytes.
    size: u64,
    /// Pseudonym of the staff member who added the document.
    uploaded_by: Pseudonym,
    /// Time at which the document was added.
    uploaded_at: Timestamp,
    /// URL to download the document, valid for one minute. Null in the response that adds the
    /// document.
    url: Option<String>,
}

impl DocumentView {
    /// The view of a document.
    pub fn of(document: Document, url: Option<String>) -> Self {
        Self {
            id: document.id,
            name: document.name,
            description: document.description,
            content_type: document.content_type,
            size: document.size,
            uploaded_by: document.by,
            uploaded_at: document.created_at,
            url,
        }
    }
}

/// Lists documents.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn list_user_documents(
    ctx: RequestContext<StaffTargetGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<DocumentView>>> {
    let request = ctx.page_request(&paging).await?;
    let (store, person) = (ctx.app.store(), ctx.target.clone());
    let page = store.documents(person.user_id, &request).await?;
    if !page.rows.is_empty() {
        store.audit(ctx.entry("document.viewed", Resource::User(person.subject()))).await?;
    }
    let mut urls = Vec::new();
    for document in &page.rows {
        urls.push(
            store
                .presign_download(
                    &store.names().files,
                    &document_key(person.user_id, document.id),
                    &document.id.to_string(),
                )
                .await?,
        );
    }
    let mut urls = urls.into_iter();
    Ok(Json::new(
        ctx.list(page.map(|document| DocumentView::of(document, urls.next())), &request).await?,
    ))
}
