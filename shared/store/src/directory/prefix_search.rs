//! Finds resources by prefix or unique name. A complete id or a unique name finds one resource, the
//! beginning of a name a page of organisations or servers. Other users are found by the user index.
//!
//! Every query is one request to one index, so its cost depends on the size of a page and not on
//! the size of the deployment. Each hit has its own position, so that a page can end after any of
//! them.

mod claimed;
mod hits;
mod loaded;

use provost_domain::{
    OrganisationId, ProductId, ServerId, Timestamp, UserId, infrastructure::Server,
    organisation::Organisation, user::PortalTier,
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

impl Store {
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
