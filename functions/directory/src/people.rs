//! A page of users for a search text, from the user index.

use provost_directory::{Snapshot, refused, search_box};
use provost_domain::{ApiError, UserId};
use provost_http::{HandlerError, RequestContext, access::StaffGrant};
use provost_search::{
    Cursor, Field, Filter, Hit, MatchClass, Page, Query, Results, Selection, Stage, WordMatch,
};
use provost_store::prefix_search::Claimed;

use crate::{
    search_cursor::{SearchCursor, SearchPhase},
    users::lookup::{failed, staff_snapshot},
    views::{MatchedOn, SearchOutcome},
};

/// A page of users and the start of the next one.
#[derive(Debug)]
pub struct People {
    /// Users, each with the field that matched.
    pub found: Vec<(UserId, MatchedOn)>,
    /// How many users match, on all pages.
    pub total: u64,
    /// How the search found them.
    pub outcome: SearchOutcome,
    /// Start of the next page.
    pub next: Option<SearchCursor>,
}

/// Users whose unique name is the search text, most exact first.
pub fn exact(claimed: &Claimed) -> Vec<(UserId, MatchedOn)> {
    let mut found: Vec<(UserId, MatchedOn)> = Vec::new();
    for (user, by) in [
        (claimed.email, MatchedOn::Email),
        (claimed.username, MatchedOn::Username),
        (claimed.unique_id, MatchedOn::UniqueId),
    ] {
        if let Some(user) = user
            && found.iter().all(|(earlier, _)| *earlier != user)
        {
            found.push((user, by));
        }
    }
    found
}

/// A page from `cursor` on. `exact` are users with this unique name, on the first page: they are found
/// even if the index does not know that yet, or no longer does, such as by a former unique id.
///
/// # Errors
/// `VALIDATION_FAILED` for a cursor of another search; when the index is unavailable.
pub async fn page(
    ctx: &RequestContext<StaffGrant>,
    q: &str,
    limit: usize,
    cursor: &SearchCursor,
    exact: &[(UserId, MatchedOn)],
) -> Result<People, HandlerError> {
    let query = search_box(q, &ctx.caller.permissions)?;
    let caller = ctx.caller.user.user_id.to_string();
    let ask = |snapshot: &Snapshot, query: &Query, page: &Page| {
        snapshot.index.query(query, page, &caller, ctx.now()).map_err(refused)
    };
    let mut snapshot = staff_snapshot(ctx).await?;
    let mut found = ask(&snapshot, &query, &from(cursor, limit)?)?;
    let (mut only_by_claim, mut is_full) = (Vec::new(), false);
    let ids: Vec<UserId> = exact.iter().map(|(user, _)| *user).collect();
    if ids.iter().any(|user| found.hits.iter().all(|hit| hit.id != *user)) {
        snapshot.with_current(ctx.app.store(), &ids).await.map_err(failed)?;
        let named = Filter::any_of(Field::Id, ids.iter().map(ToString::to_string));
        let among = Query { selection: Selection::all().with("ids", named), ..query.clone() };
        let known = ask(&snapshot, &among, &Page::Offset { offset: 0, limit: ids.len() })?.hits;
        only_by_claim
            .extend(exact.iter().filter(|(user, _)| known.iter().all(|hit| hit.id != *user)));
        let room = limit.saturating_sub(only_by_claim.len());
        found = ask(&snapshot, &query, &from(cursor, room.max(1))?)?;
        if room == 0 {
            // The next page begins with what the index has found.
            is_full = true;
            found.hits.clear();
            found.next = None;
        }
    }
    let mut shown = cursor.shown.clone();
    shown.extend(only_by_claim.iter().map(|(user, _)| user.to_string()));
    let has_more = found.next.is_some() || (is_full && found.total > 0);
    let at = found.next.as_ref().map(|next| String::from_utf8(next.to_bytes()).unwrap_or_default());
    let total = found.total as u64 + shown.len() as u64;
    let hits = found.hits.iter().map(|hit| (hit.id, matched_on(hit)));
    Ok(People {
        total,
        outcome: outcome(&found),
        found: only_by_claim.into_iter().chain(hits).collect(),
        next: has_more.then_some(SearchCursor { stage: SearchPhase::Names, at, shown }),
    })
}

fn from(cursor: &SearchCursor, limit: usize) -> Result<Page, ApiError> {
    let Some(position) = &cursor.at else { return Ok(Page::Offset { offset: 0, limit }) };
    let cursor = Cursor::from_bytes(position.as_bytes()).map_err(|_| {
        ApiError::field("cursor", "invalid", "This cursor is not valid. Send it unchanged.")
    })?;
    Ok(Page::Cursor { cursor, limit })
}

const fn outcome(found: &Results) -> SearchOutcome {
    let stage = match found.stage {
        Stage::Literal => "literal",
        Stage::Typo => "typo",
        Stage::TypoInside => "typoInside",
    };
    SearchOutcome { stage, literal_total: found.literal_total as u64 }
}

/// What matched best, of all words.
fn matched_on(hit: &Hit) -> MatchedOn {
    hit.matches.iter().map(of_word).min().unwrap_or(MatchedOn::Name)
}

const fn of_word(found: &WordMatch) -> MatchedOn {
    match (found.field, found.class) {
        (Field::Id, _) => MatchedOn::Id,
        (Field::Email, MatchClass::Exact) => MatchedOn::Email,
        (Field::Email, MatchClass::Prefix) => MatchedOn::EmailPrefix,
        (Field::Email, _) => MatchedOn::EmailPart,
        (Field::Username, MatchClass::Exact) => MatchedOn::Username,
        (Field::Username, _) => MatchedOn::UsernamePart,
        (Field::UniqueId, MatchClass::Exact) => MatchedOn::UniqueId,
        (Field::UniqueId, _) => MatchedOn::UniqueIdPart,
        (Field::ExternalId, _) => MatchedOn::ExternalId,
        (Field::Phone, _) => MatchedOn::Phone,
        _ => MatchedOn::Name,
    }
}
