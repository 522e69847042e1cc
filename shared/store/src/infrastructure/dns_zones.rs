//! DNS zones: one item each in the organisation's partition, one for its name there, and, for a
//! verified zone, a claim on the name, which is unique in the deployment.

use provost_domain::{
    OrganisationId, Timestamp, ZoneId,
    dns::{MAX_ZONES, ZONE_RESERVED, Zone, ZoneClaim},
    page::{Page, PageRequest},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    infrastructure::counters::Counted,
    item::{Key, decode, encode, n, s},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of a zone's sort key; the ids sort by time.
pub const PREFIX: &str = "ZONE#";

/// The key of a zone.
pub fn key(organisation: OrganisationId, id: ZoneId) -> Key {
    Key::new(partition(organisation), format!("{PREFIX}{id}"))
}

fn claim_key(name: &str) -> Key {
    Key::new(format!("ZONENAME#{name}"), "CLAIM")
}

/// The prefix of the sort key of a zone's name in its organisation; the name follows.
pub const NAME_PREFIX: &str = "ZONENAME#";

fn name_key(zone: &Zone) -> Key {
    Key::new(partition(zone.organisation_id), format!("{NAME_PREFIX}{}", zone.name))
}

/// The zone that has a name in the organisation. It outlives the zone while the name stays
/// reserved, so that the erasure of the organisation finds the claim.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfName {
    zone_id: ZoneId,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

/// The condition of a change to a claim: the claim is unchanged since it was read. Claims are
/// rarely written, so after a conflict the request is evaluated again.
fn as_read(claim: Option<&ZoneClaim>) -> Condition {
    match claim {
        None => Condition::absent(),
        Some(ZoneClaim { zone_id, released_at: Some(at), .. }) => {
            Condition::expression("zoneId = :zone AND releasedAt = :at")
                .value(":zone", s(zone_id.to_string()))
                .value(":at", s(at.to_string()))
        }
        Some(ZoneClaim { zone_id, verified_at: Some(_), .. }) => Condition::expression(
            "zoneId = :zone AND attribute_exists(verifiedAt) AND attribute_not_exists(releasedAt)",
        )
        .value(":zone", s(zone_id.to_string())),
        Some(ZoneClaim { zone_id, .. }) => {
            Condition::expression("zoneId = :zone AND attribute_not_exists(verifiedAt)")
                .value(":zone", s(zone_id.to_string()))
        }
    }
}

impl Transaction {
    /// Adds a zone, if its organisation has no other with this name and has room for it. A zone
    /// that is verified from the start takes the claim, which must be unchanged since it was read.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_zone(
        &mut self,
        zone: &Zone,
        claim: Option<&ZoneClaim>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.check_organisation(zone.organisation_id)?;
        let name = OfName { zone_id: zone.id, released_at: None, ttl: None };
        let free =
            Condition::expression("attribute_not_exists(pk) OR attribute_exists(releasedAt)");
        self.put(
            Conflict::ZoneName,
            &table,
            encode("a zone's name", &name_key(zone), &name)?,
            free,
        )?;
        if let Some(at) = zone.verified_at {
            self.claim_zone(zone, claim, at)?;
        }
        self.count_up(zone.organisation_id, Counted::Zones, Some(MAX_ZONES))?;
        self.put(
            Conflict::Zone,
            &table,
            encode("a zone", &key(zone.organisation_id, zone.id), zone)?,
            Condition::absent(),
        )
    }

    /// Marks a zone as verified and gives it the claim on its name, if zone and claim are unchanged
    /// since they were read.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn verify_zone(
        &mut self,
        zone: &Zone,
        claim: Option<&ZoneClaim>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let pending = Condition::expression(
            "attribute_exists(pk) AND (attribute_not_exists(#status) OR #status <> :verified)",
        )
        .name("#status", "status")
        .value(":verified", s("verified"))
        .value(":at", s(now.to_string()))
        .value(":one", n(1));
        let place = key(zone.organisation_id, zone.id);
        self.update(
            Conflict::Zone,
            &table,
            &place,
            "SET #status = :verified, verifiedAt = :at ADD version :one",
            pending,
        )?;
        self.claim_zone(zone, claim, now)
    }

    fn claim_zone(
        &mut self,
        zone: &Zone,
        before: Option<&ZoneClaim>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let claim = ZoneClaim {
            zone_id: zone.id,
            organisation_id: zone.organisation_id,
            verified_at: Some(now),
            released_at: None,
        };
        self.put(
            Conflict::ZoneClaim,
            &table,
            encode("a claim", &claim_key(&zone.name), &claim)?,
            as_read(before),
        )
    }

    /// Removes a zone. Its records can no longer be read or added. The name of a verified zone
    /// stays reserved for its organisation for some time.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_zone(
        &mut self,
        zone: &Zone,
        claim: Option<&ZoneClaim>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.delete(
            Conflict::Zone,
            &table,
            &key(zone.organisation_id, zone.id),
            Condition::present(),
        )?;
        self.count_down(zone.organisation_id, Counted::Zones)?;
        let ours = claim.filter(|claim| claim.zone_id == zone.id);
        let Some(live) = ours.filter(|claim| claim.is_live()) else {
            // Zones of earlier releases have no item for the name.
            self.delete(Conflict::ZoneName, &table, &name_key(zone), Condition::none())?;
            return ours.map_or(Ok(()), |claim| self.erase_claim(&zone.name, claim));
        };
        let ends = now.plus(ZONE_RESERVED).seconds() + 1;
        let mut released = encode(
            "a claim",
            &claim_key(&zone.name),
            &ZoneClaim { released_at: Some(now), ..live.clone() },
        )?;
        released.insert("ttl".to_owned(), n(ends));
        self.put(Conflict::ZoneClaim, &table, released, as_read(Some(live)))?;
        let name = OfName { zone_id: zone.id, released_at: Some(now), ttl: Some(ends) };
        self.put(
            Conflict::ZoneName,
            &table,
            encode("a zone's name", &name_key(zone), &name)?,
            Condition::none(),
        )
    }

    /// Removes a zone and frees its name, when the organisation is deleted.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn erase_zone(&mut self, zone: &Zone, claim: Option<&ZoneClaim>) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.delete(
            Conflict::Zone,
            &table,
            &key(zone.organisation_id, zone.id),
            Condition::present(),
        )?;
        self.delete(Conflict::ZoneName, &table, &name_key(zone), Condition::none())?;
        self.count_down(zone.organisation_id, Counted::Zones)?;
        claim.map_or(Ok(()), |claim| self.erase_claim(&zone.name, claim))
    }

    /// Frees a name, if the claim on it is unchanged since it was read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn erase_claim(&mut self, name: &str, claim: &ZoneClaim) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.delete(Conflict::ZoneClaim, &table, &claim_key(name), as_read(Some(claim)))
    }
}

impl Store {
    /// Reads a zone (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn zone(
        &self,
        organisation: OrganisationId,
        id: ZoneId,
    ) -> Result<Option<Zone>, StoreError> {
        let found =
            self.get(&self.names.organisations, &key(organisation, id), "reading a zone").await?;
        found.map(|item| decode("a zone", item)).transpose()
    }

    /// Reads the claim on a zone's name (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn zone_claim(&self, name: &str) -> Result<Option<ZoneClaim>, StoreError> {
        let found =
            self.get(&self.names.organisations, &claim_key(name), "reading a claim").await?;
        found.map(|item| decode("a claim", item)).transpose()
    }

    /// The zones of an organisation, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn zones(
        &self,
        organisation: OrganisationId,
        request: &PageRequest,
    ) -> Result<Page<Zone>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation))
            .beginning("sk", PREFIX);
        let page =
            self.page(&walk, request, Some(self.counters(organisation).await?.zones)).await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a zone", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}
