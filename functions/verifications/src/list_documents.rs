//! `GET /api/admin/users/{id}/documents`: what staff keep about a person, each with a URL that works for a minute. Every look is in the audit log before it can begin.

use provost_domain::{
    DocumentId, Pseudonym, Timestamp,
    audit::Resource,
    staff_record::{Document, document_key},
};
use provost_http::{Answer, Call, Json, List, OverGrant, Paging, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// A document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// Its id.
    id: DocumentId,
    /// What it is called.
    name: String,
    /// What it is.
    description: Option<String>,
    /// Its media type.
    content_type: String,
    /// Bytes.
    size: u64,
    /// Who added it, by pseudonym.
    uploaded_by: Pseudonym,
    /// When.
    uploaded_at: Timestamp,
    /// Where it can be fetched for a minute; null right after it was added.
    url: Option<String>,
}

impl DocumentView {
    /// A document as it is answered.
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
pub async fn list_user_documents(call: Call<OverGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<DocumentView>>> {
    let request = call.page_request(&paging).await?;
    let (store, person) = (call.app.store(), call.target.clone());
    let page = store.documents(person.user_id, &request).await?;
    if !page.rows.is_empty() {
        store.audit(call.entry("document.viewed", Resource::User(person.subject()))).await?;
    }
    let mut urls = Vec::new();
    for document in &page.rows {
        urls.push(
            store.presign_download(&store.names().files, &document_key(person.user_id, document.id), &document.id.to_string()).await?,
        );
    }
    let mut urls = urls.into_iter();
    Ok(Json::new(call.list(page.map(|document| DocumentView::of(document, urls.next())), &request).await?))
}
