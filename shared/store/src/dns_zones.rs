//! DNS zones: one item each in the organisation's partition, and a claim on the name, which is unique in the deployment.

use provost_domain::{
    OrganisationId, ZoneId,
    dns::{MOST_ZONES, Zone},
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    infrastructure::Counted,
    item::{Key, decode, encode, s},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// How a zone's sort key begins; the ids sort by time.
pub const PREFIX: &str = "ZONE#";
/// The label of the claim on a zone's name in a transaction.
pub const ZONE_CLAIM: &str = "zone name";
/// The label of the demand that nobody else has a zone above.
pub const ZONE_ABOVE: &str = "zone above";
/// The label of a zone's condition in a transaction: it is there.
pub const ZONE: &str = "zone";

/// Where a zone stands.
pub fn key(organisation: OrganisationId, id: ZoneId) -> Key {
    Key::new(partition(organisation), format!("{PREFIX}{id}"))
}

fn claim_key(name: &str) -> Key {
    Key::new(format!("ZONENAME#{name}"), "CLAIM")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    zone_id: ZoneId,
    organisation_id: OrganisationId,
}

impl Transaction {
    /// Adds a zone whose name nobody has, while no other organisation has a zone above it and its own has room for it.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn create_zone(&mut self, zone: &Zone) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.check_organisation(zone.organisation_id)?;
        let claim = Claim { zone_id: zone.id, organisation_id: zone.organisation_id };
        self.put(ZONE_CLAIM, &table, encode("a claim", &claim_key(&zone.name), &claim)?, Condition::absent())?;
        for above in zone.above() {
            let ours = Condition::expression("attribute_not_exists(pk) OR organisationId = :ours")
                .value(":ours", s(zone.organisation_id.to_string()));
            self.check(ZONE_ABOVE, &table, &claim_key(above), ours)?;
        }
        self.count_up(zone.organisation_id, Counted::Zones, Some(MOST_ZONES))?;
        self.put(ZONE, &table, encode("a zone", &key(zone.organisation_id, zone.id), zone)?, Condition::absent())
    }

    /// Removes a zone and frees its name. No record can be reached or added from then on.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn remove_zone(&mut self, zone: &Zone) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.delete(ZONE, &table, &key(zone.organisation_id, zone.id), Condition::present())?;
        self.delete(ZONE_CLAIM, &table, &claim_key(&zone.name), Condition::equals("zoneId", s(zone.id.to_string())))?;
        self.count_down(zone.organisation_id, Counted::Zones)
    }
}

impl Store {
    /// Reads a zone, strongly consistent.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn zone(&self, organisation: OrganisationId, id: ZoneId) -> Result<Option<Zone>, StoreError> {
        let found = self.get(&self.names.organisations, &key(organisation, id), "reading a zone").await?;
        found.map(|item| decode("a zone", item)).transpose()
    }

    /// The zones of an organisation, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn zones(&self, organisation: OrganisationId, request: &PageRequest) -> Result<Page<Zone>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation)).beginning("sk", PREFIX);
        let page = self.page(&walk, request, Some(self.counters(organisation).await?.zones)).await?;
        let rows = page.rows.into_iter().map(|item| decode("a zone", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}
