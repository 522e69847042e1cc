//! Finds resources by prefix or unique name. A complete id or a unique name finds one resource, the
//! beginning of a name or an address a page of them.
//!
//! Every query is one request to one index, so its cost depends on the size of a page and not on
//! the size of the deployment. Each hit has its own position, so that a page can end after any of
//! them.

mod claimed;
mod hits;
mod loaded;

use provost_domain::{
    Email, OrganisationId, ProductId, ServerId, Timestamp, UserId, infrastructure::Server,
    organisation::Organisation, text, user::PortalTier,
};
use serde::Deserialize;

use crate::{
    Store, StoreError,
    item::{decode, s},
    walk::Walk,
};

pub use claimed::Claimed;
pub use hits::{Hit, Hits};
pub use loaded::Loaded;

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    user_id: UserId,
    #[serde(default)]
    name_key: String,
}

impl Store {
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
}
