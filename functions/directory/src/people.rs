//! A page of users for a search text: those with this unique name, then those whose name or email address begins with the text, without duplicates.

use provost_domain::UserId;
use provost_http::HandlerError;
use provost_store::{
    Store,
    finding::{Claimed, Hits},
};

use crate::{
    place::{SearchCursor, SearchPhase},
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
    for (user, by) in [(claimed.email, MatchedOn::Email), (claimed.username, MatchedOn::Username), (claimed.unique_id, MatchedOn::UniqueId)]
    {
        if let Some(user) = user
            && found.iter().all(|(earlier, _)| *earlier != user)
        {
            found.push((user, by));
        }
    }
    found
}

/// A page: `exact` are users with this unique name, `named` comes from the index of names, from `place` on.
///
/// # Errors
/// When the store is unavailable.
pub async fn page(
    store: &Store,
    q: &str,
    limit: usize,
    place: &SearchCursor,
    exact: &[(UserId, MatchedOn)],
    named: Hits<UserId>,
) -> Result<People, HandlerError> {
    let mut page = PageBuilder { limit, place: place.clone(), people: People::default() };
    if place.stage == SearchPhase::Unique {
        for (user, by) in exact {
            let user_id = user.to_string();
            if page.place.shown.contains(&user_id) {
                continue;
            }
            if page.people.found.len() == limit {
                page.people.next = Some(page.place);
                return Ok(page.people);
            }
            page.people.found.push((*user, *by));
            page.place.shown.push(user_id);
        }
        page.place.stage = SearchPhase::Names;
    }
    if page.place.stage == SearchPhase::Names {
        if page.take(named, MatchedOn::Name) {
            return Ok(page.people);
        }
        (page.place.stage, page.place.at) = (SearchPhase::Addresses, None);
    }
    // Also when the page is full: whether there is another is worth one request.
    let room = limit.saturating_sub(page.people.found.len()).max(1).saturating_add(page.place.shown.len());
    let addressed = store.users_addressed(q, page.place.at.as_deref(), u32::try_from(room).unwrap_or(u32::MAX)).await?;
    page.take(addressed, MatchedOn::EmailPrefix);
    Ok(page.people)
}

struct PageBuilder {
    limit: usize,
    place: SearchCursor,
    people: People,
}

impl PageBuilder {
    /// Takes hits until the page is full; answers whether the index holds more than what was taken, and notes then where to go on.
    fn take(&mut self, hits: Hits<UserId>, by: MatchedOn) -> bool {
        for hit in hits.hits {
            if !self.place.shown.contains(&hit.what.to_string()) {
                if self.people.found.len() >= self.limit {
                    self.people.next = Some(self.place.clone());
                    return true;
                }
                self.people.found.push((hit.what, by));
            }
            self.place.at = Some(hit.position);
        }
        if hits.next.is_some() {
            self.place.at = hits.next;
            self.people.next = Some(self.place.clone());
            return true;
        }
        false
    }
}
