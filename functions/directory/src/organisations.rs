//! A page of organisations for a search text: the one with this handle, then those whose name
//! begins with the text, without duplicates.

use provost_domain::organisation::Organisation;
use provost_store::prefix_search::{Hits, OrganisationRow};

use crate::{
    search_cursor::{SearchCursor, SearchPhase},
    views::{MatchedOn, OrganisationHit},
};

/// A page and the start of the next one: `exact` is on the first page only, `named` comes from the
/// index of names, from `search_cursor` on.
pub fn page(
    limit: usize,
    search_cursor: &SearchCursor,
    exact: Option<Organisation>,
    named: Hits<OrganisationRow>,
) -> (Vec<OrganisationHit>, Option<SearchCursor>) {
    let mut next = SearchCursor {
        stage: SearchPhase::Names,
        at: search_cursor.among_names().map(str::to_owned),
        shown: search_cursor.shown.clone(),
    };
    let mut rows = Vec::new();
    if let Some(organisation) = exact {
        next.shown.push(organisation.id.to_string());
        rows.push(OrganisationHit::of(organisation.into(), MatchedOn::Handle));
    }
    for hit in named.hits {
        if !next.shown.contains(&hit.what.id.to_string()) {
            if rows.len() >= limit {
                return (rows, Some(next));
            }
            rows.push(OrganisationHit::of(hit.what, MatchedOn::Name));
        }
        next.at = Some(hit.position);
    }
    let more = named.next.is_some();
    (rows, more.then_some(next))
}
