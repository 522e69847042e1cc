//! Servers: one item each in the organisation's partition; the counters of the organisation and of
//! the node are updated with them.

use provost_domain::{
    OrganisationId, ServerId,
    infrastructure::{Node, Server},
    organisation::Organisation,
    page::{Page, PageRequest},
    text,
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    infrastructure::counters::Counted,
    item::{Item, Key, decode, encode, n, s},
    memberships::{self, partition},
    nodes, prefix_search,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of a server's sort key; the ids sort by time.
pub const PREFIX: &str = "SERVER#";

/// The key of a server.
pub fn key(organisation: OrganisationId, id: ServerId) -> Key {
    Key::new(partition(organisation), format!("{PREFIX}{id}"))
}

/// A server with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    server: &'a Server,
    server_id: ServerId,
    directory: &'static str,
    name_key: String,
}

fn stored(server: &Server) -> Result<Item, StoreError> {
    let stored = Stored {
        server,
        server_id: server.id,
        directory: prefix_search::SERVERS,
        name_key: text::fold(&server.name),
    };
    encode("a server", &key(server.organisation_id, server.id), &stored)
}

impl Transaction {
    /// Adds a server within the limit of the organisation's tier, which must be unchanged since it
    /// was read, on a node that is still dedicated to the organisation or shared.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn add_server(
        &mut self,
        server: &Server,
        organisation: &Organisation,
        node: Option<&Node>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.count_up(organisation.id, Counted::Servers, organisation.portal_tier.most_servers())?;
        self.check_tier(organisation)?;
        self.put(Conflict::Server, &table, stored(server)?, Condition::absent())?;
        let Some(node) = node else { return Ok(()) };
        let as_read = Condition::equals("version", n(node.version))
            .value(":by", n(1))
            .name("#servers", "servers");
        self.update(Conflict::Node, &table, &nodes::key(node.id), "ADD #servers :by", as_read)
    }

    /// Removes a server and frees its capacity on the node.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_server(&mut self, server: &Server) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.delete(
            Conflict::Server,
            &table,
            &key(server.organisation_id, server.id),
            Condition::present(),
        )?;
        self.count_down(server.organisation_id, Counted::Servers)?;
        let Some(node) = server.node_id else { return Ok(()) };
        self.update(
            Conflict::Node,
            &table,
            &nodes::key(node),
            "ADD #servers :by",
            Condition::present().name("#servers", "servers").value(":by", n(-1)),
        )
    }

    /// Requires that an organisation has the tier that was read, and that its deletion has not
    /// begun.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_tier(&mut self, organisation: &Organisation) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let tier: String = serde_json::to_value(organisation.portal_tier)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default();
        let as_read =
            Condition::expression("portalTier = :tier AND attribute_not_exists(deletingSince)")
                .value(":tier", s(tier));
        self.check(Conflict::Organisation, &table, &memberships::key(organisation.id), as_read)
    }
}

impl Store {
    /// Reads a server (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn server(
        &self,
        organisation: OrganisationId,
        id: ServerId,
    ) -> Result<Option<Server>, StoreError> {
        let found =
            self.get(&self.names.organisations, &key(organisation, id), "reading a server").await?;
        found.map(|item| decode("a server", item)).transpose()
    }

    /// The servers of an organisation, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn servers(
        &self,
        organisation: OrganisationId,
        request: &PageRequest,
    ) -> Result<Page<Server>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation))
            .beginning("sk", PREFIX);
        let page =
            self.page(&walk, request, Some(self.counters(organisation).await?.servers)).await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a server", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}
