//! A page of users for a search text: those with this unique name, then those whose name or email
//! address begins with the text, without duplicates.

use provost_domain::UserId;
use provost_http::HandlerError;
use provost_store::{
    Store,
    prefix_search::{Claimed, Hits},
};

use crate::{
    search_cursor::{SearchCursor, SearchPhase},
    views::MatchedOn,
};

/// A page of users and the start of the next one.
#[derive(Debug, Default)]
pub struct People {
    /// Users, each with the field that matched.
    pub found: Vec<(UserId, MatchedOn)>,
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

/// A page: `exact` are users with this unique name, `named` comes from the index of names, from
/// `search_cursor` on.
///
/// # Errors
/// When the store is unavailable.
pub async fn page(
    store: &Store,
    q: &str,
    limit: usize,
    search_cursor: &SearchCursor,
    exact: &[(UserId, MatchedOn)],
    named: Hits<UserId>,
) -> Result<People, HandlerError> {
    let mut page =
        PageBuilder { limit, search_cursor: search_cursor.clone(), people: People::default() };
    if search_cursor.stage == SearchPhase::Unique {
        for (user, by) in exact {
            let user_id = user.to_string();
            if page.search_cursor.shown.contains(&user_id) {
                continue;
            }
            if page.people.found.len() == limit {
                page.people.next = Some(page.search_cursor);
                return Ok(page.people);
            }
            page.people.found.push((*user, *by));
            page.search_cursor.shown.push(user_id);
        }
        page.search_cursor.stage = SearchPhase::Names;
    }
    if page.search_cursor.stage == SearchPhase::Names {
        if page.take(named, MatchedOn::Name) {
            return Ok(page.people);
        }
        (page.search_cursor.stage, page.search_cursor.at) = (SearchPhase::Addresses, None);
    }
    // Even if the page is full: knowing whether there is another one is worth a request.
    let room = limit
        .saturating_sub(page.people.found.len())
        .max(1)
        .saturating_add(page.search_cursor.shown.len());
    let addressed = store
        .users_addressed(
            q,
            page.search_cursor.at.as_deref(),
            u32::try_from(room).unwrap_or(u32::MAX),
        )
        .await?;
    page.take(addressed, MatchedOn::EmailPrefix);
    Ok(page.people)
}

struct PageBuilder {
    limit: usize,
    search_cursor: SearchCursor,
    people: People,
}

impl PageBuilder {
    /// Adds hits until the page is full. Returns whether the index has more hits, and records where
    /// to continue.
    fn take(&mut self, hits: Hits<UserId>, by: MatchedOn) -> bool {
        for hit in hits.hits {
            if !self.search_cursor.shown.contains(&hit.what.to_string()) {
                if self.people.found.len() >= self.limit {
                    self.people.next = Some(self.search_cursor.clone());
                    return true;
                }
                self.people.found.push((hit.what, by));
            }
            self.search_cursor.at = Some(hit.position);
        }
        if hits.next.is_some() {
            self.search_cursor.at = hits.next;
            self.people.next = Some(self.search_cursor.clone());
            return true;
        }
        false
    }
}
