//! Finds resources by prefix or unique name. A complete id or a unique name finds one resource, the
//! beginning of a name or an address a page of them.
//!
//! Every query is one request to one index, so its cost depends on the size of a page and not on
//! the size of the deployment. Each hit has its own position, so that a page can end after any of
//! them.

use std::collections::HashMap;

use provost_domain::{
    Email, OrganisationId, Principal, ProductId, ServerId, Timestamp, UserId, Username,
    infrastructure::Server,
    organisation::{self, Organisation},
    principal::PortalTier,
    text,
};
use serde::Deserialize;

use crate::{
    Store, StoreError,
    directory::may_be_unique_id,
    item::{Item, decode, s},
    memberships::{self, handle_claim},
    principals::{self, email_claim, unique_id_claim, username_claim},
    walk::Walk,
};

/// The partition of organisations in the index `by-name`.
pub const ORGANISATIONS: &str = "organisations";
/// The partition of servers in the index `by-name`.
pub const SERVERS: &str = "servers";
/// The partition of users in the indexes over users.
const USERS: &str = "users";
/// The maximum number of requests for one page of addresses.
pub const MAX_ROUNDS: usize = 4;
/// How many addresses a request reads after a request found only users who are also found by name.
const ROUND: u32 = 100;

/// The prefix of a position among names in their earlier form.
const EARLIER: &str = "earlier:";

/// A hit and its position in the index.
#[derive(Debug, Clone)]
pub struct Hit<T> {
    /// The item.
    pub what: T,
    /// The position to continue from, right after this hit.
    pub position: String,
}

/// A page of an index.
#[derive(Debug, Clone)]
pub struct Hits<T> {
    /// In the order of the index.
    pub hits: Vec<Hit<T>>,
    /// The position to continue from, if there may be more.
    pub next: Option<String>,
}

impl<T> Default for Hits<T> {
    fn default() -> Self {
        Self { hits: Vec::new(), next: None }
    }
}

/// The user or organisation with a given unique name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The user with this address.
    pub email: Option<UserId>,
    /// The user with this username.
    pub username: Option<UserId>,
    /// The user with this unique id.
    pub unique_id: Option<UserId>,
    /// The organisation with this handle.
    pub handle: Option<OrganisationId>,
}

/// An organisation as a list of search results shows it; every attribute is in the index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its handle.
    pub handle: String,
    /// The owner.
    pub owner_id: UserId,
    /// Its tier.
    pub portal_tier: PortalTier,
    /// When it was created.
    pub created_at: Timestamp,
}

impl From<Organisation> for OrganisationRow {
    fn from(organisation: Organisation) -> Self {
        let Organisation { id, name, handle, owner_id, portal_tier, created_at, .. } = organisation;
        Self { id, name, handle, owner_id, portal_tier, created_at }
    }
}

/// Complete users and organisations by id; missing ones are left out.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Users.
    pub people: HashMap<UserId, Principal>,
    /// Organisations.
    pub organisations: HashMap<OrganisationId, Organisation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    user_id: UserId,
    #[serde(default)]
    name_key: String,
}

impl Store {
    /// The user or organisation with this unique name: one request, and none for a text that cannot
    /// be one.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claimed(
        &self,
        text: &str,
        people: bool,
        organisations: bool,
    ) -> Result<Claimed, StoreError> {
        let lower = text.to_lowercase();
        let email = text.parse::<Email>().ok().filter(|_| people).map(|email| email_claim(&email));
        let username = lower
            .parse::<Username>()
            .ok()
            .filter(|_| people)
            .map(|username| username_claim(&username));
        let unique_id = (people && may_be_unique_id(text)).then(|| unique_id_claim(text));
        let handle = organisation::handle(&lower)
            .ok()
            .filter(|_| organisations)
            .map(|handle| handle_claim(&handle));
        let mut wanted = HashMap::new();
        let accounts: Vec<_> =
            [&email, &username, &unique_id].into_iter().flatten().cloned().collect();
        if !accounts.is_empty() {
            wanted.insert(self.names.accounts.clone(), accounts);
        }
        if let Some(handle) = &handle {
            wanted.insert(self.names.organisations.clone(), vec![handle.clone()]);
        }
        let mut claimed = Claimed::default();
        if wanted.is_empty() {
            return Ok(claimed);
        }
        for item in self.batch_get_of(wanted, true).await? {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
            let is = |key: &Option<crate::item::Key>| key.as_ref().is_some_and(|key| key.pk == pk);
            if is(&handle) {
                let claim = decode::<memberships::HandleClaim>("a claim", item)?;
                claimed.handle = claim.reserved_until.is_none().then_some(claim.organisation_id);
                continue;
            }
            let claim = decode::<principals::Claim>("a claim", item)?;
            // A released username no longer finds its former owner.
            let owner = claim.reserved_until.is_none().then_some(claim.user_id);
            if is(&email) {
                claimed.email = owner;
            } else if is(&username) {
                claimed.username = owner;
            } else {
                claimed.unique_id = owner;
            }
        }
        Ok(claimed)
    }

    /// Users whose name begins with the text, in the order of their names.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn users_named(
        &self,
        begins: &str,
        after: Option<&str>,
        most: u32,
    ) -> Result<Hits<UserId>, StoreError> {
        let walk = |form| {
            Walk::of_index(&self.names.accounts, "users-by-name", "directory", USERS, "nameKey")
                .beginning("nameKey", form)
        };
        self.hits_by_name(begins, walk, after, most, |item| {
            Ok(decode::<Person>("a user in an index", item)?.user_id)
        })
        .await
    }

    /// Users whose address begins with the text and whose name does not, in the order of their
    /// addresses. Only few requests are spent on skipping users who are also found by name: a page
    /// may be short, and `next` says that there may be more.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn users_addressed(
        &self,
        begins: &str,
        after: Option<&str>,
        most: u32,
    ) -> Result<Hits<UserId>, StoreError> {
        let forms = text::folds(begins);
        let walk =
            Walk::of_index(&self.names.accounts, "users-by-email", "directory", USERS, "email")
                .beginning("email", Email::beginning(begins));
        let (mut found, mut at) = (Hits::default(), after.map(str::to_owned));
        for round in 0..MAX_ROUNDS {
            let looked_at = if round == 0 { most } else { ROUND };
            let page = self
                .hits(&walk, at.as_deref(), looked_at, |item| {
                    decode::<Person>("a user in an index", item)
                })
                .await?;
            for Hit { what, position } in page.hits {
                if forms.iter().any(|form| what.name_key.starts_with(form)) {
                    continue;
                }
                if found.hits.len() >= most as usize {
                    found.next = found.hits.last().map(|hit: &Hit<UserId>| hit.position.clone());
                    return Ok(found);
                }
                found.hits.push(Hit { what: what.user_id, position });
            }
            found.next = page.next.clone();
            match page.next {
                Some(next) if found.hits.len() < most as usize => at = Some(next),
                _ => break,
            }
        }
        Ok(found)
    }

    /// Organisations whose name begins with the text, in the order of their names.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn organisations_named(
        &self,
        begins: &str,
        after: Option<&str>,
        most: u32,
    ) -> Result<Hits<OrganisationRow>, StoreError> {
        self.hits_by_name(
            begins,
            |form| self.named(ORGANISATIONS, form),
            after,
            most,
            |item| decode("an organisation in an index", item),
        )
        .await
    }

    /// Servers whose name begins with the text, in the order of their names.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn servers_named(
        &self,
        begins: &str,
        after: Option<&str>,
        most: u32,
    ) -> Result<Hits<Server>, StoreError> {
        self.hits_by_name(
            begins,
            |form| self.named(SERVERS, form),
            after,
            most,
            |item| decode("a server in an index", item),
        )
        .await
    }

    fn named(&self, directory: &'static str, form: String) -> Walk {
        Walk::of_index(&self.names.organisations, "by-name", "directory", directory, "nameKey")
            .beginning("nameKey", form)
    }

    /// A page of items whose name begins with the text: first in the current form of names, then
    /// those that were not saved since the form changed.
    async fn hits_by_name<T>(
        &self,
        begins: &str,
        walk: impl Fn(String) -> Walk,
        after: Option<&str>,
        most: u32,
        read: impl Fn(Item) -> Result<T, StoreError> + Copy,
    ) -> Result<Hits<T>, StoreError> {
        let mut forms = text::folds(begins).into_iter();
        let (present, earlier) = (forms.next().unwrap_or_default(), forms.next());
        let earlier_position = after.and_then(|position| position.strip_prefix(EARLIER));
        let mut page = match earlier_position {
            Some(_) => Hits::default(),
            None => self.hits(&walk(present), after, most, read).await?,
        };
        let room = most.saturating_sub(u32::try_from(page.hits.len()).unwrap_or(u32::MAX));
        let Some(earlier) = earlier.filter(|_| page.next.is_none()) else { return Ok(page) };
        // Whether there are any is worth one request, even when the page is full.
        let more = self.hits(&walk(earlier), earlier_position, room.max(1), read).await?;
        if room == 0 {
            page.next =
                page.hits.last().filter(|_| !more.hits.is_empty()).map(|hit| hit.position.clone());
            return Ok(page);
        }
        let mark = |position: String| format!("{EARLIER}{position}");
        page.hits
            .extend(more.hits.into_iter().map(|hit| Hit { position: mark(hit.position), ..hit }));
        page.next = more.next.map(mark);
        Ok(page)
    }

    /// A server by its id alone, in any organisation.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn server_anywhere(&self, id: ServerId) -> Result<Option<Server>, StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.organisations)
            .index_name("servers-by-id")
            .key_condition_expression("serverId = :id")
            .expression_attribute_values(":id", s(id.to_string()));
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading a server", cause))?;
        answer
            .items
            .unwrap_or_default()
            .pop()
            .map(|item| decode("a server in an index", item))
            .transpose()
    }

    /// The users with this plan, most recent first.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn plan_holders(
        &self,
        plan: ProductId,
        after: Option<&str>,
        most: u32,
    ) -> Result<Hits<UserId>, StoreError> {
        let walk = Walk::of_index(
            &self.names.accounts,
            "plans-by-product",
            "planId",
            plan.to_string(),
            "planAt",
        )
        .backward();
        self.hits(&walk, after, most, |item| {
            let user = item
                .get("pk")
                .and_then(|pk| pk.as_s().ok())
                .and_then(|pk| pk.strip_prefix("USER#"))
                .and_then(|id| id.parse().ok());
            user.ok_or_else(|| {
                StoreError::unreadable("a user in an index", "its key names no user")
            })
        })
        .await
    }

    /// Reads users and organisations in one request, at most a hundred together; makes no request
    /// for an empty list.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn whole(
        &self,
        people: impl IntoIterator<Item = UserId>,
        organisations: impl IntoIterator<Item = OrganisationId>,
    ) -> Result<Loaded, StoreError> {
        let distinct: std::collections::BTreeSet<_> = people.into_iter().collect();
        let people: Vec<_> = distinct.into_iter().map(principals::key).collect();
        let distinct: std::collections::BTreeSet<_> = organisations.into_iter().collect();
        let organisations: Vec<_> = distinct.into_iter().map(memberships::key).collect();
        let wanted: HashMap<_, _> = [
            (self.names.accounts.clone(), people),
            (self.names.organisations.clone(), organisations),
        ]
        .into_iter()
        .filter(|(_, keys)| !keys.is_empty())
        .collect();
        let mut whole = Loaded::default();
        // The index that led here lags behind by as much.
        for item in self.batch_get_of(wanted, false).await? {
            if item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == "PRINCIPAL") {
                let principal = principals::read(item)?;
                whole.people.insert(principal.user_id, principal);
            } else {
                let organisation: Organisation = decode("an organisation", item)?;
                whole.organisations.insert(organisation.id, organisation);
            }
        }
        Ok(whole)
    }

    /// One page of an index in one request.
    async fn hits<T>(
        &self,
        walk: &Walk,
        after: Option<&str>,
        most: u32,
        read: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Hits<T>, StoreError> {
        let start = match after {
            Some(position) => Some(walk.start(position).ok_or_else(|| {
                StoreError::unreadable("a position", "it is none of this list's")
            })?),
            None => None,
        };
        // One more than needed shows whether there are more.
        let (mut items, _, rest) = self.step(walk, start, Some(u64::from(most) + 1), true).await?;
        let more = rest.is_some() || items.len() > most as usize;
        items.truncate(most as usize);
        let mut hits = Vec::with_capacity(items.len());
        for item in items {
            let position = walk.position(&item).ok_or_else(|| {
                StoreError::unreadable("a user in an index", "it has no position")
            })?;
            hits.push(Hit { what: read(item)?, position });
        }
        let next = if more { hits.last().map(|hit| hit.position.clone()) } else { None };
        Ok(Hits { hits, next })
    }
}
