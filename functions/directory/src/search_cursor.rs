//! The position in a group of search results, sealed into a cursor that is valid only for the same
//! caller, text and kind.

use provost_http::{HandlerResult, RequestContext, access::StaffGrant, cursor};
use serde::{Deserialize, Serialize};

use crate::views::Kind;

/// The sources of a page, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchPhase {
    /// The organisation with this handle.
    Unique,
    /// By the name; of users, by the user index.
    Names,
}

/// The position in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchCursor {
    /// The source.
    pub stage: SearchPhase,
    /// The position in the source; `None` at its beginning.
    pub at: Option<String>,
    /// Ids on earlier pages that the source does not have, or has again.
    pub shown: Vec<String>,
}

impl SearchCursor {
    /// The start of every group.
    pub const BEGINNING: Self = Self { stage: SearchPhase::Unique, at: None, shown: Vec::new() };

    /// The position in the index of names, as long as the page comes from there.
    pub fn among_names(&self) -> Option<&str> {
        self.at.as_deref().filter(|_| self.stage == SearchPhase::Names)
    }
}

fn context(ctx: &RequestContext<StaffGrant>, kind: Kind, q: &str) -> String {
    let query = serde_json::json!([kind, q]).to_string();
    cursor::context(&ctx.caller.user.user_id.to_string(), "search", &[], &query)
}

/// Opens a cursor of a group.
///
/// # Errors
/// `VALIDATION_FAILED` on `cursor` for a cursor of another caller, text or kind.
pub async fn open(
    ctx: &RequestContext<StaffGrant>,
    kind: Kind,
    q: &str,
    cursor: &str,
) -> HandlerResult<SearchCursor> {
    let key = ctx.app.keys().cursor().await?;
    let position = cursor::open_position(&key, &context(ctx, kind, q), cursor)?;
    // Any sealed text is a valid position.
    Ok(serde_json::from_str(&position).unwrap_or(SearchCursor::BEGINNING))
}

/// Seals a position into a cursor.
///
/// # Errors
/// When the key is unavailable.
pub async fn seal(
    ctx: &RequestContext<StaffGrant>,
    kind: Kind,
    q: &str,
    search_cursor: &SearchCursor,
) -> HandlerResult<Option<String>> {
    let key = ctx.app.keys().cursor().await?;
    let position = serde_json::to_string(search_cursor).unwrap_or_default();
    Ok(cursor::seal_position(&key, &context(ctx, kind, q), &position))
}
