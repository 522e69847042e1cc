//! How many servers, nodes and zones an organisation has: one small item of counters in its
//! partition, kept exact by the transactions that add and remove them.

use provost_domain::OrganisationId;
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, n},
    memberships::partition,
    transaction::Condition,
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
}
