//! `GET /v1/users`: list users by any combination of filters, searched and sorted.

use std::collections::HashMap;

use provost_api::DirectoryUser;
use provost_domain::{ApiError, Timestamp, UserId};
use provost_http::{
    Counted, HandlerError, HandlerResult, Json, RawQuery, RequestContext, access::StaffGrant, users,
};
use provost_search::{Cursor, Hit, MatchClass, Page, Results, Stage, query::PageStart};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::lookup::{ListParameters, Lookup, refused};

/// Part of a user that a search matched.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchMatch {
    /// Name of the field that matched a word of the search text.
    field: &'static str,
    /// Kind of match: `exact`, `prefix`, `substring` or `typo`.
    class: &'static str,
    /// Number of typing mistakes.
    edits: u8,
}

/// A user in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedUser {
    /// The user.
    #[serde(flatten)]
    user: DirectoryUser,
    /// What matched each word of the search text; absent without a search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matches: Vec<SearchMatch>,
}

/// How a search found its results.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchOutcome {
    /// How far the search went: `literal`, `typo`, or `typo_inside` of a word.
    stage: &'static str,
    /// Number of users that match without typing mistakes. Sorted by relevance, they come first.
    literal_total: usize,
}

/// Position of a page of users.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserPagination {
    /// Page number, starting at 1; null if the page was requested by cursor.
    page: Option<u32>,
    /// Maximum number of items per page.
    limit: u32,
    /// Total number of users that match. Also sent as `X-Total-Count`.
    total: u64,
    /// Total number of pages.
    pages: u64,
    /// Cursor of the next page, for the parameter `cursor`; null on the last page.
    next_cursor: Option<String>,
    /// Cursor of the previous page, for the parameter `cursor`; null on the first page.
    prev_cursor: Option<String>,
}

/// A page of users.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserPage {
    /// Users of this page, as they are now.
    data: Vec<ListedUser>,
    /// Position of this page, and total number of users that match.
    pagination: UserPagination,
    /// How the search found the users; absent without a search.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchOutcome>,
    /// How the query was understood, and how many users match each condition; only with
    /// `explain=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Value>,
    /// When the index was last compared with the stored one.
    as_of: Timestamp,
}

/// Lists users.
///
/// # Errors
/// What is wrong with the filters, the search, the order or the page.
pub async fn list_directory_users(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<ListParameters>,
) -> HandlerResult<Counted<Json<UserPage>>> {
    let lookup = Lookup::read(&ctx, &query.text, &[]).await?;
    let Lookup { list, query, snapshot } = &lookup;
    let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
    let (page, number) = match &list.start {
        PageStart::Page(number) => {
            let before = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            (Page::Offset { offset: before.saturating_mul(limit), limit }, Some(*number))
        }
        PageStart::Cursor(sealed) => {
            let position = ctx.open_cursor(sealed).await?;
            let cursor = Cursor::from_bytes(position.as_bytes()).map_err(|_| {
                ApiError::field("cursor", "invalid", "This cursor is not valid. Send it unchanged.")
            })?;
            (Page::Cursor { cursor, limit }, None)
        }
    };
    let caller = ctx.caller.user.user_id.to_string();
    let found = snapshot.index.query(query, &page, &caller, ctx.now()).map_err(refused)?;
    let explanation = if list.explain {
        let explanation = snapshot.index.explain(query, ctx.now()).map_err(refused)?;
        serde_json::to_value(explanation).ok()
    } else {
        None
    };
    let next_cursor = sealed(&ctx, found.next.as_ref()).await?;
    let prev_cursor = sealed(&ctx, found.previous.as_ref()).await?;
    let total = found.total as u64;
    let page = UserPage {
        pagination: UserPagination {
            page: number,
            limit: list.limit,
            total,
            pages: total.div_ceil(u64::from(list.limit)),
            next_cursor,
            prev_cursor,
        },
        search: query.search.as_ref().map(|_| outcome(&found)),
        explanation,
        as_of: snapshot.as_of,
        data: rows(&ctx, found.hits).await?,
    };
    Ok(Counted(Json::new(page), total))
}

/// A cursor as clients get it.
async fn sealed(
    ctx: &RequestContext<StaffGrant>,
    cursor: Option<&Cursor>,
) -> Result<Option<String>, HandlerError> {
    let Some(cursor) = cursor else { return Ok(None) };
    let position = String::from_utf8(cursor.to_bytes()).unwrap_or_default();
    ctx.seal_cursor(&position).await
}

/// The users of a page as they are now. One that was erased in the meantime is left out.
async fn rows(
    ctx: &RequestContext<StaffGrant>,
    hits: Vec<Hit>,
) -> Result<Vec<ListedUser>, HandlerError> {
    let ids: Vec<UserId> = hits.iter().map(|hit| hit.id).collect();
    let found = ctx.app.store().users_in_full(&ids).await?;
    let mut found: HashMap<UserId, _> =
        found.into_iter().map(|found| (found.user.user_id, found)).collect();
    let mut rows = Vec::with_capacity(hits.len());
    for hit in hits {
        let Some(found) = found.remove(&hit.id) else { continue };
        let user = users::directory_view(&ctx.app, &found, &ctx.caller.permissions).await?;
        let matches = hit.matches.iter().map(|found| SearchMatch {
            field: found.field.name(),
            class: class(found.class),
            edits: found.edits,
        });
        rows.push(ListedUser { user, matches: matches.collect() });
    }
    Ok(rows)
}

const fn outcome(found: &Results) -> SearchOutcome {
    let stage = match found.stage {
        Stage::Literal => "literal",
        Stage::Typo => "typo",
        Stage::TypoInside => "typo_inside",
    };
    SearchOutcome { stage, literal_total: found.literal_total }
}

const fn class(class: MatchClass) -> &'static str {
    match class {
        MatchClass::Exact => "exact",
        MatchClass::Prefix => "prefix",
        MatchClass::Substring => "substring",
        MatchClass::Typo => "typo",
    }
}
