//! Nodes: one partition of few machines, a claim on each host name, and in an organisation's
//! partition one link item for each of its dedicated nodes.

use provost_domain::{
    NodeId, OrganisationId,
    infrastructure::Node,
    organisation::Organisation,
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    infrastructure::counters::Counted,
    item::{Key, decode, encode, n, s},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// The partition of all nodes.
pub const PARTITION: &str = "NODES";
/// The prefix of the sort key of a dedicated node's link in its organisation's partition.
pub const LINK_PREFIX: &str = "NODE#";

/// The key of a node.
pub fn key(id: NodeId) -> Key {
    Key::new(PARTITION, format!("NODE#{id}"))
}

fn link_key(organisation: OrganisationId, id: NodeId) -> Key {
    Key::new(partition(organisation), format!("{LINK_PREFIX}{id}"))
}

/// The link to a dedicated node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The node.
    pub node_id: NodeId,
}

impl Transaction {
    /// Adds a node with an unused host name.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_node(&mut self, node: &Node) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let claim = Key::new(format!("HOST#{}", node.fqdn), "CLAIM");
        self.put(
            Conflict::HostName,
            &table,
            encode("a claim", &claim, &Link { node_id: node.id })?,
            Condition::absent(),
        )?;
        self.put(
            Conflict::Node,
            &table,
            encode("a node", &key(node.id), node)?,
            Condition::absent(),
        )
    }

    /// Assigns an empty node to a new owner, on condition that the node and the new owner's tier
    /// are unchanged since they were read. Increments the version.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn assign_node(
        &mut self,
        before: &Node,
        after: &Node,
        to: Option<&Organisation>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let written = Node { version: before.version + 1, ..after.clone() };
        let empty = Condition::expression("#version = :read AND #servers = :none")
            .name("#version", "version")
            .name("#servers", "servers")
            .value(":read", n(before.version))
            .value(":none", n(0));
        self.put(Conflict::Node, &table, encode("a node", &key(before.id), &written)?, empty)?;
        if let Some(from) = before.organisation_id {
            self.delete(Conflict::NodeLink, &table, &link_key(from, before.id), Condition::none())?;
            self.count_down(from, Counted::Nodes)?;
        }
        let Some(to) = to else { return Ok(()) };
        self.check_tier(to)?;
        self.put(
            Conflict::NodeLink,
            &table,
            encode("a node's place", &link_key(to.id, before.id), &Link { node_id: before.id })?,
            Condition::none(),
        )?;
        self.count_up(to.id, Counted::Nodes, None)
    }

    /// Makes a node shared again when its organisation is deleted.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn free_node(
        &mut self,
        organisation: OrganisationId,
        id: NodeId,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.delete(Conflict::NodeLink, &table, &link_key(organisation, id), Condition::none())?;
        let theirs = Condition::equals("organisationId", s(organisation.to_string()))
            .value(":by", n(1))
            .name("#version", "version")
            .name("#owner", "organisationId");
        self.update(Conflict::Node, &table, &key(id), "REMOVE #owner ADD #version :by", theirs)?;
        self.count_down(organisation, Counted::Nodes)
    }
}

impl Store {
    /// Reads a node (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn node(&self, id: NodeId) -> Result<Option<Node>, StoreError> {
        let found = self.get(&self.names.organisations, &key(id), "reading a node").await?;
        found.map(|item| decode("a node", item)).transpose()
    }

    /// All nodes, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn nodes(&self, request: &PageRequest) -> Result<Page<Node>, StoreError> {
        let page = self
            .page(
                &Walk::of_table(&self.names.organisations, PARTITION).beginning("sk", "NODE#"),
                request,
                None,
            )
            .await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a node", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The dedicated nodes of an organisation, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn nodes_of(
        &self,
        organisation: OrganisationId,
        request: &PageRequest,
    ) -> Result<Page<Node>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation))
            .beginning("sk", LINK_PREFIX);
        let page =
            self.page(&walk, request, Some(self.counters(organisation).await?.nodes)).await?;
        let links = page
            .rows
            .into_iter()
            .map(|item| decode::<Link>("a node's place", item))
            .collect::<Result<Vec<_>, _>>()?;
        let found = self
            .batch_get(
                &self.names.organisations,
                links.iter().map(|link| key(link.node_id)).collect(),
                true,
            )
            .await?;
        let mut rows = found
            .into_iter()
            .map(|item| decode::<Node>("a node", item))
            .collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|node| node.id);
        Ok(Page { rows, total: page.total, next: page.next })
    }
}
