//! `GET /api/admin/files/flagged`: list flagged files, newest flag first.

use provost_domain::{content::ContentKind, page::Page, text};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{FileOwner, FlaggedBy, FlaggedFileView};
use crate::rank::unreadable;

/// Filter and page of a list of flagged files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ListFlaggedFiles {
    /// Only files that were flagged for a reason that contains this text, in any case.
    #[schemars(length(min = 1, max = 500))]
    reason: Option<String>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists flagged files.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_flagged_files(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ListFlaggedFiles>,
) -> HandlerResult<Json<List<FlaggedFileView>>> {
    let ListFlaggedFiles { reason, page, limit, cursor } = query;
    let request = ctx.page_request(&Paging { page, limit, cursor }).await?;
    let reason = reason.map(|text| text::search("reason", &text, 500)).transpose()?;
    let store = ctx.app.store();
    let page = store.flags(ContentKind::File, reason.as_deref(), &request).await?;
    let owners: Vec<_> = page.rows.iter().map(|flag| flag.owner_id).collect();
    let refused = unreadable(&ctx.app, &ctx.caller, owners.iter().copied()).await?;
    let owners = store.user_rows(&owners).await?;
    let staff = store.subjects(page.rows.iter().map(|flag| flag.by)).await?;
    let rows = page
        .rows
        .into_iter()
        .map(|flag| FlaggedFileView {
            id: flag.content_id,
            name: flag.name,
            owner: FileOwner {
                id: flag.owner_id,
                name: owners
                    .iter()
                    .find(|owner| owner.user_id == flag.owner_id)
                    .map(|owner| owner.name.clone()),
            },
            flagged_at: flag.created_at,
            reason: Some(flag.reason),
            notes: flag.notes,
            flagged_by: FlaggedBy { id: staff.get(&flag.by).map(|subject| subject.user_id) },
            redacted: Vec::new(),
        })
        .map(|view| if refused.contains(&view.owner.id) { view.without_texts() } else { view })
        // What a search finds would show the reason.
        .filter(|view| reason.is_none() || view.redacted.is_empty())
        .collect();
    Ok(Json::new(ctx.list(Page { rows, total: page.total, next: page.next }, &request).await?))
}
