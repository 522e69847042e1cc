//! How many servers, nodes and zones an organisation has: one small item of counters in its
//! partition, kept exact by the transactions that add and remove them. Also releases all of them
//! when the organisation is deleted.

pub mod dns_records;
pub mod dns_zones;
pub mod nodes;
pub mod servers;

use provost_domain::{NodeId, OrganisationId, dns::Zone};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    dns_zones::NAME_PREFIX,
    item::{Key, decode, n},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// The counters of an organisation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// The number of servers.
    pub servers: u64,
    /// The number of dedicated nodes.
    pub nodes: u64,
    /// The number of DNS zones.
    pub zones: u64,
}

/// The key of the counters.
pub fn key(organisation: OrganisationId) -> Key {
    Key::new(partition(organisation), "COUNTERS")
}

/// One of the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Servers.
    Servers,
    /// Dedicated nodes.
    Nodes,
    /// Zones.
    Zones,
}

impl Counted {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Servers => "servers",
            Self::Nodes => "nodes",
            Self::Zones => "zones",
        }
    }

    /// The condition of the counter: the tier allows one more.
    pub const fn conflict(self) -> Conflict {
        match self {
            Self::Servers => Conflict::TierServers,
            Self::Nodes => Conflict::TierNodes,
            Self::Zones => Conflict::TierZones,
        }
    }
}

impl Transaction {
    /// Counts one more, if the limit allows it; without a limit it always does.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn count_up(
        &mut self,
        organisation: OrganisationId,
        what: Counted,
        most: Option<u32>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let room = match most {
            None => Condition::none(),
            Some(most) => Condition::expression("attribute_not_exists(#what) OR #what < :most")
                .value(":most", n(most)),
        };
        self.update(
            what.conflict(),
            &table,
            &key(organisation),
            "ADD #what :by",
            room.name("#what", what.attribute()).value(":by", n(1)),
        )
    }

    /// Requires that an organisation has no dedicated nodes.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_no_nodes(&mut self, organisation: OrganisationId) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let none = Condition::expression("attribute_not_exists(nodes) OR nodes = :none")
            .value(":none", n(0));
        self.check(Conflict::OrganisationNodes, &table, &key(organisation), none)
    }

    /// Counts one less.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn count_down(
        &mut self,
        organisation: OrganisationId,
        what: Counted,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.update(
            what.conflict(),
            &table,
            &key(organisation),
            "ADD #what :by",
            Condition::none().name("#what", what.attribute()).value(":by", n(-1)),
        )
    }
}

impl Store {
    /// Reads the counters.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn counters(&self, organisation: OrganisationId) -> Result<Counters, StoreError> {
        let found =
            self.get(&self.names.organisations, &key(organisation), "reading counters").await?;
        found.map_or_else(|| Ok(Counters::default()), |item| decode("counters", item))
    }

    /// Every dedicated node of an organisation.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn dedicated_nodes(
        &self,
        organisation: OrganisationId,
    ) -> Result<Vec<NodeId>, StoreError> {
        let places = self.all(organisation, crate::nodes::LINK_PREFIX).await?;
        places
            .into_iter()
            .map(|item| {
                decode::<crate::nodes::Link>("a node's place", item).map(|link| link.node_id)
            })
            .collect()
    }

    /// Releases the resources of an organisation outside its own partition: its servers' places,
    /// its nodes, its zones' names. Used when the organisation is deleted.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn release_infrastructure(
        &self,
        organisation: OrganisationId,
    ) -> Result<(), StoreError> {
        for item in self.all(organisation, crate::servers::PREFIX).await? {
            let mut tx = self.transaction();
            tx.remove_server(&decode("a server", item)?)?;
            already(tx.commit().await)?;
        }
        for item in self.all(organisation, crate::nodes::LINK_PREFIX).await? {
            let link: crate::nodes::Link = decode("a node's place", item)?;
            let mut tx = self.transaction();
            tx.free_node(organisation, link.node_id)?;
            already(tx.commit().await)?;
        }
        for item in self.all(organisation, crate::dns_zones::PREFIX).await? {
            let zone: Zone = decode("a zone", item)?;
            // Keeping the claim would reserve the name for an organisation that is gone.
            let claim = self.zone_claim(&zone.name).await?.filter(|claim| claim.zone_id == zone.id);
            let mut tx = self.transaction();
            tx.erase_zone(&zone, claim.as_ref())?;
            already(tx.commit().await)?;
        }
        for item in self.all(organisation, NAME_PREFIX).await? {
            let Some(name) =
                item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix(NAME_PREFIX))
            else {
                continue;
            };
            let Some(claim) =
                self.zone_claim(name).await?.filter(|claim| claim.organisation_id == organisation)
            else {
                continue;
            };
            let mut tx = self.transaction();
            tx.erase_claim(name, &claim)?;
            already(tx.commit().await)?;
        }
        Ok(())
    }

    async fn all(
        &self,
        organisation: OrganisationId,
        prefix: &str,
    ) -> Result<Vec<crate::item::Item>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation))
            .beginning("sk", prefix);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            all.extend(items);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }
}

/// Success if another run already removed it.
fn already(outcome: Result<(), StoreError>) -> Result<(), StoreError> {
    match outcome {
        Err(error) if error.conflict().is_some() => Ok(()),
        outcome => outcome,
    }
}
