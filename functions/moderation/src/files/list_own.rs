//! `GET /api/files`: list the files of the caller.

use provost_domain::content::Content;
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use provost_operations::moderation::upload_origin;
use schemars::JsonSchema;
use serde::Serialize;

use super::views::FileView;

/// A file of the caller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnFileView {
    /// The file.
    #[serde(flatten)]
    file: FileView,
    /// Whether the file is blocked while it is under review.
    blocked: bool,
}

impl From<Content> for OwnFileView {
    fn from(content: Content) -> Self {
        Self { file: FileView::from(&content), blocked: content.flag.is_some() }
    }
}

/// Files of the caller.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnFileList {
    /// The files.
    #[serde(flatten)]
    list: List<OwnFileView>,
    /// Origin of the URLs that accept uploads of the caller's files: a page whose script uploads has
    /// to be allowed to connect to it.
    upload_origin: Option<String>,
}

/// Lists the caller's own files.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_own_files(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<OwnFileList>> {
    let request = ctx.page_request(&paging).await?;
    let owner = &ctx.caller.user;
    let page = ctx.app.store().files_of(owner, &request).await?;
    let list = ctx.list(page.map(OwnFileView::from), &request).await?;
    let upload_origin = upload_origin(&ctx.op(None), owner).await?;
    Ok(Json::new(OwnFileList { list, upload_origin }))
}
