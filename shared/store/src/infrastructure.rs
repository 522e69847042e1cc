//! Servers, nodes and zones of organisations, which are released when the organisation is deleted.

mod counters;
pub mod dns_records;
pub mod dns_zones;
pub mod nodes;
pub mod servers;

use provost_domain::{NodeId, OrganisationId, dns::Zone};

use crate::{
    Store, StoreError, dns_zones::NAME_PREFIX, item::decode, memberships::partition, walk::Walk,
};

pub use counters::{Counted, Counters, key};

impl Store {
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
