//! `GET /api/admin/search`: search for users, organisations, servers and orders.
//!
//! Users are found by the user index, the other kinds by indexes of their tables, all at once. Only
//! items of the page are read.
//! `infra/tables.md` has the maximum number of requests.

use futures_util::future::try_join3;
use provost_domain::{ApiError, Permission, UserId};
use provost_http::{HandlerError, HandlerResult, Json, Query, RequestContext, access::StaffGrant};
use provost_store::{
    Store,
    prefix_search::{Claimed, Hits, Loaded},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    organisations,
    people::{self, People},
    search_cursor::{self, SearchCursor, SearchPhase},
    search_term::SearchTerm,
    views::{
        Group, Groups, Kind, MatchedOn, OrderHit, OrganisationHit, SearchView, ServerHit, UserHit,
    },
};

/// Maximum number of results per group.
const MAX_ROWS: u32 = 50;

/// Search text, filter and page of a search.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchQuery {
    /// Search text, 1 to 254 characters, not case-sensitive: a complete id or handle, words of the
    /// name, email address or username of a user in any order, or the beginning of another name.
    #[schemars(length(min = 1, max = 254))]
    q: String,
    /// Only results of this kind. Default: every kind that the caller can see.
    #[serde(default)]
    kind: Option<Kind>,
    /// Maximum number of results per group, 1 to 50. Default: 20.
    #[serde(default)]
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// `nextCursor` of the group that `kind` names. Requires `kind`.
    #[serde(default)]
    cursor: Option<String>,
}

/// Searches.
///
/// # Errors
/// `VALIDATION_FAILED` for a text that nothing can match, `PERMISSION_DENIED` for a kind that the
/// caller may not see.
pub async fn search_all(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<SearchQuery>,
) -> HandlerResult<Json<SearchView>> {
    let search_term = SearchTerm::read(&query.q)?;
    let limit = query.limit.unwrap_or(20);
    if !(1..=MAX_ROWS).contains(&limit) {
        return Err(ApiError::field(
            "limit",
            "out_of_range",
            "The limit is out of range. Use a number from 1 to 50.",
        )
        .into());
    }
    if let Some(kind) = query.kind {
        ctx.caller.require(needed(kind))?;
    }
    let q = query.q.trim().to_owned();
    let after = match (&query.cursor, query.kind) {
        (None, _) => None,
        (Some(_), None) => {
            return Err(ApiError::field(
                "kind",
                "required",
                "A cursor needs the kind of its group. Send `kind` as well.",
            )
            .into());
        }
        (Some(cursor), Some(kind)) => Some(search_cursor::open(&ctx, kind, &q, cursor).await?),
    };
    let search = Search { ctx: &ctx, q, kind: query.kind, limit, after };
    let groups = match search_term {
        SearchTerm::User(id) => search.user(id).await?,
        SearchTerm::Organisation(id) => {
            let found = if search.wants(Kind::Organisations) {
                search.store().whole([], [id]).await?
            } else {
                Loaded::default()
            };
            let rows = found
                .organisations
                .into_values()
                .map(|found| OrganisationHit::of(found.into(), MatchedOn::Id))
                .collect();
            Groups { organisations: search.all(Kind::Organisations, rows), ..search.nothing() }
        }
        SearchTerm::Server(id) => {
            let found = if search.wants(Kind::Servers) {
                search.store().server_anywhere(id).await?
            } else {
                None
            };
            let rows =
                found.into_iter().map(|server| ServerHit::of(server, MatchedOn::Id)).collect();
            Groups { servers: search.all(Kind::Servers, rows), ..search.nothing() }
        }
        SearchTerm::Plan(id) => search.plan(id).await?,
        SearchTerm::Text(_) => search.text().await?,
    };
    Ok(Json::new(SearchView { query: search.q, groups }))
}

const fn needed(kind: Kind) -> Permission {
    match kind {
        Kind::Users => Permission::UserList,
        Kind::Organisations | Kind::Servers => Permission::OrgRead,
        Kind::Orders => Permission::BillingRead,
    }
}

struct Search<'c> {
    ctx: &'c RequestContext<StaffGrant>,
    q: String,
    kind: Option<Kind>,
    limit: u32,
    after: Option<SearchCursor>,
}

impl Search<'_> {
    fn store(&self) -> &Store {
        self.ctx.app.store()
    }

    fn wants(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
            && self.ctx.caller.permissions.contains(&needed(kind))
    }

    /// A group with all its results, if requested.
    fn all<T>(&self, kind: Kind, rows: Vec<T>) -> Option<Group<T>> {
        let total = Some(rows.len() as u64);
        self.wants(kind).then_some(Group { rows, total, next_cursor: None, search: None })
    }

    /// Every requested group, empty.
    fn nothing(&self) -> Groups {
        Groups {
            users: self.all(Kind::Users, Vec::new()),
            organisations: self.all(Kind::Organisations, Vec::new()),
            servers: self.all(Kind::Servers, Vec::new()),
            orders: self.all(Kind::Orders, Vec::new()),
        }
    }

    /// A page of a group, if requested.
    async fn page<T>(
        &self,
        kind: Kind,
        rows: Vec<T>,
        next: Option<SearchCursor>,
    ) -> HandlerResult<Option<Group<T>>> {
        if !self.wants(kind) {
            return Ok(None);
        }
        let next_cursor = match &next {
            Some(next) => search_cursor::seal(self.ctx, kind, &self.q, next).await?,
            None => None,
        };
        let total = (self.after.is_none() && next.is_none()).then_some(rows.len() as u64);
        Ok(Some(Group { rows, total, next_cursor, search: None }))
    }

    /// A page of users, if requested.
    async fn users(
        &self,
        rows: Vec<UserHit>,
        people: Option<People>,
    ) -> HandlerResult<Option<Group<UserHit>>> {
        let Some(People { total, outcome, next, .. }) = people else { return Ok(None) };
        let page = self.page(Kind::Users, rows, next).await?;
        Ok(page.map(|page| Group { total: Some(total), search: Some(outcome), ..page }))
    }

    async fn user(&self, id: UserId) -> HandlerResult<Groups> {
        if !self.wants(Kind::Users) && !self.wants(Kind::Orders) {
            return Ok(self.nothing());
        }
        let person = self.store().user(id).await?;
        let now = self.ctx.now();
        let held = &self.ctx.caller.permissions;
        let users =
            person.iter().map(|person| UserHit::of(person, MatchedOn::Id, held, now)).collect();
        let orders =
            person.iter().filter_map(|person| OrderHit::of(person, MatchedOn::Id)).collect();
        Ok(Groups {
            users: self.all(Kind::Users, users),
            orders: self.all(Kind::Orders, orders),
            ..self.nothing()
        })
    }

    async fn plan(&self, id: provost_domain::ProductId) -> HandlerResult<Groups> {
        if !self.wants(Kind::Orders) {
            return Ok(self.nothing());
        }
        let search_cursor = self.search_cursor();
        let holders =
            self.store().plan_holders(id, search_cursor.among_names(), self.limit).await?;
        let whole = self.store().whole(holders.hits.iter().map(|hit| hit.what), []).await?;
        // Leave out users who have another plan by now, or no longer exist.
        let still = |user: &UserId| {
            whole.people.get(user).filter(|person| {
                person.entitlements.plan.as_ref().is_some_and(|plan| plan.id == id)
            })
        };
        let rows = holders
            .hits
            .iter()
            .filter_map(|hit| OrderHit::of(still(&hit.what)?, MatchedOn::Id))
            .collect();
        let next = holders.next.map(|at| SearchCursor {
            stage: SearchPhase::Names,
            at: Some(at),
            ..SearchCursor::BEGINNING
        });
        Ok(Groups { orders: self.page(Kind::Orders, rows, next).await?, ..self.nothing() })
    }

    fn search_cursor(&self) -> SearchCursor {
        self.after.clone().unwrap_or(SearchCursor::BEGINNING)
    }

    async fn text(&self) -> HandlerResult<Groups> {
        let (store, q, search_cursor) = (self.store(), self.q.as_str(), self.search_cursor());
        let (unique, at) =
            (search_cursor.stage == SearchPhase::Unique, search_cursor.among_names());
        let [users, organisations, servers, orders] =
            [Kind::Users, Kind::Organisations, Kind::Servers, Kind::Orders]
                .map(|kind| self.wants(kind));
        // An organisation on the first page is left out of the others, so a page requests one more.
        let most = self.limit + u32::try_from(search_cursor.shown.len()).unwrap_or(0);
        let ((exact, handle, people), organised, served) = try_join3(
            async {
                let mut claimed = if unique {
                    store.claimed(q, users || orders, organisations).await?
                } else {
                    Claimed::default()
                };
                if !self.ctx.caller.permissions.contains(&Permission::UserView) {
                    // That somebody has the address would tell whose it is.
                    claimed.email = None;
                }
                let exact = people::exact(&claimed);
                let people = if users {
                    Some(
                        people::page(self.ctx, q, self.limit as usize, &search_cursor, &exact)
                            .await?,
                    )
                } else {
                    None
                };
                Ok::<_, HandlerError>((exact, claimed.handle, people))
            },
            async {
                Ok(if organisations {
                    store.organisations_named(q, at, most).await?
                } else {
                    Hits::default()
                })
            },
            async {
                Ok(if servers {
                    store.servers_named(q, at, self.limit).await?
                } else {
                    Hits::default()
                })
            },
        )
        .await?;

        let found = people.iter().flat_map(|people| &people.found);
        let paying = exact.iter().filter(|_| orders);
        let mut whole =
            store.whole(found.clone().chain(paying).map(|(user, _)| *user), handle).await?;

        let (held, now) = (&self.ctx.caller.permissions, self.ctx.now());
        // Leave out users who were erased between the two reads.
        let user_rows = found
            .filter_map(|(user, by)| Some(UserHit::of(whole.people.get(user)?, *by, held, now)))
            .collect();
        let order_rows = exact
            .iter()
            .filter_map(|(user, by)| OrderHit::of(whole.people.get(user)?, *by))
            .collect();

        let exact = handle.and_then(|id| whole.organisations.remove(&id));
        let (organisation_rows, organisation_next) =
            organisations::page(self.limit as usize, &search_cursor, exact, organised);
        let server_next = served.next.map(|at| SearchCursor {
            stage: SearchPhase::Names,
            at: Some(at),
            ..SearchCursor::BEGINNING
        });
        let server_rows =
            served.hits.into_iter().map(|hit| ServerHit::of(hit.what, MatchedOn::Name)).collect();
        Ok(Groups {
            users: self.users(user_rows, people).await?,
            organisations: self
                .page(Kind::Organisations, organisation_rows, organisation_next)
                .await?,
            servers: self.page(Kind::Servers, server_rows, server_next).await?,
            orders: self.page(Kind::Orders, order_rows, None).await?,
        })
    }
}
