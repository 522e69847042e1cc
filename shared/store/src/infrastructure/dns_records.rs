//! DNS records: one item each, and one small item for each name that lists its records. A change
//! rewrites the latter on condition that it is unchanged, so two conflicting records can never both
//! be written.

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{
    OrganisationId, RecordId, ZoneId,
    dns::{AtName, ExistingRecord, MAX_RECORDS, NULL_MX, Record, RecordType, Zone},
    page::{Page, PageRequest},
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    dns_zones::{self},
    item::{Key, decode, encode, n},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// How many items one transaction removes when a zone is cleared.
const CHUNK: usize = 90;

/// The prefix of a record's sort key; the id of its zone follows.
pub const PREFIX: &str = "RECORD#";

fn prefix(zone: ZoneId) -> String {
    format!("{PREFIX}{zone}#")
}

fn names_prefix(zone: ZoneId) -> String {
    format!("NAME#{zone}#")
}

/// The key of a record.
pub fn key(organisation: OrganisationId, zone: ZoneId, id: RecordId) -> Key {
    Key::new(partition(organisation), format!("{}{id}", prefix(zone)))
}

fn name_key(organisation: OrganisationId, zone: ZoneId, name: &str) -> Key {
    Key::new(partition(organisation), format!("{}{name}", names_prefix(zone)))
}

/// A record as an entry in the records of its name.
pub fn standing(record: &Record) -> ExistingRecord {
    let digest = digest(&SHA256, record.content.as_bytes());
    let no_mail = record.kind == RecordType::Mx && record.content == NULL_MX;
    ExistingRecord {
        id: record.id,
        kind: record.kind,
        digest: hex::encode(&digest.as_ref()[..16]),
        ttl: Some(record.ttl),
        no_mail,
    }
}

/// The records of a name before and after a change.
#[derive(Debug, Clone)]
pub struct NameChange<'a> {
    /// The name.
    pub name: &'a str,
    /// As they were read.
    pub before: &'a AtName,
    /// As they will be written.
    pub after: &'a AtName,
}

impl Transaction {
    /// Adds a record, if the zone exists and has room for it, and, with `alone`, nothing else in it
    /// has changed since it was read.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_record(
        &mut self,
        zone: &Zone,
        record: &Record,
        name: &NameChange<'_>,
        alone: bool,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let room = if alone {
            Condition::expression("recordCount < :most AND version = :version")
                .value(":version", n(zone.version))
        } else {
            Condition::expression("attribute_exists(pk) AND recordCount < :most")
        };
        let room = room.value(":most", n(MAX_RECORDS)).value(":by", n(1)).value(":one", n(1));
        self.update(
            Conflict::Zone,
            &table,
            &dns_zones::key(zone.organisation_id, zone.id),
            "ADD recordCount :by, version :one",
            room,
        )?;
        self.put(
            Conflict::DnsRecord,
            &table,
            encode("a record", &key(zone.organisation_id, zone.id, record.id), record)?,
            Condition::absent(),
        )?;
        self.save_name(zone, name)
    }

    /// Writes changed records, if they are unchanged since they were read, and, with `alone`,
    /// nothing else in the zone has changed; `names` are the names that they leave and join.
    /// Increments the versions.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_records(
        &mut self,
        zone: &Zone,
        records: &[&Record],
        names: &[NameChange<'_>],
        alone: bool,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.touch_zone(zone, 0, alone)?;
        for record in records {
            let written = Record { version: record.version + 1, ..(*record).clone() };
            self.put(
                Conflict::DnsRecord,
                &table,
                encode("a record", &key(zone.organisation_id, zone.id, record.id), &written)?,
                Condition::equals("version", n(record.version)),
            )?;
        }
        for name in names {
            self.save_name(zone, name)?;
        }
        Ok(())
    }

    /// Removes a record, if it is unchanged since it was read, and, with `alone`, nothing else in
    /// the zone has changed.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_record(
        &mut self,
        zone: &Zone,
        record: &Record,
        name: &NameChange<'_>,
        alone: bool,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.touch_zone(zone, -1, alone)?;
        self.delete(
            Conflict::DnsRecord,
            &table,
            &key(zone.organisation_id, zone.id, record.id),
            Condition::equals("version", n(record.version)),
        )?;
        self.save_name(zone, name)
    }

    fn touch_zone(&mut self, zone: &Zone, by: i64, alone: bool) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let as_read = if alone {
            Condition::expression("version = :version").value(":version", n(zone.version))
        } else {
            Condition::present()
        };
        self.update(
            Conflict::Zone,
            &table,
            &dns_zones::key(zone.organisation_id, zone.id),
            "ADD recordCount :by, version :one",
            as_read.value(":by", n(by)).value(":one", n(1)),
        )
    }

    fn save_name(&mut self, zone: &Zone, change: &NameChange<'_>) -> Result<(), StoreError> {
        let (table, place) = (
            self.store().names().organisations.clone(),
            name_key(zone.organisation_id, zone.id, change.name),
        );
        let as_read = if change.before.records.is_empty() {
            Condition::absent()
        } else {
            let read = serde_dynamo::to_attribute_value(&change.before.records)
                .map_err(|cause| StoreError::unreadable("the records of a name", cause))?;
            Condition::equals("records", read)
        };
        if change.after.records.is_empty() {
            return self.delete(Conflict::DnsName, &table, &place, as_read);
        }
        self.put(
            Conflict::DnsName,
            &table,
            encode("the records of a name", &place, change.after)?,
            as_read,
        )
    }
}

impl Store {
    /// Reads a record (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn record(
        &self,
        organisation: OrganisationId,
        zone: ZoneId,
        id: RecordId,
    ) -> Result<Option<Record>, StoreError> {
        let found = self
            .get(&self.names.organisations, &key(organisation, zone, id), "reading a record")
            .await?;
        found.map(|item| decode("a record", item)).transpose()
    }

    /// Reads the records of a name (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn at_name(&self, zone: &Zone, name: &str) -> Result<AtName, StoreError> {
        let place = name_key(zone.organisation_id, zone.id, name);
        let found =
            self.get(&self.names.organisations, &place, "reading the records of a name").await?;
        found.map_or_else(|| Ok(AtName::default()), |item| decode("the records of a name", item))
    }

    /// The records of a zone, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn records(
        &self,
        zone: &Zone,
        request: &PageRequest,
    ) -> Result<Page<Record>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(zone.organisation_id))
            .beginning("sk", prefix(zone.id));
        let page = self.page(&walk, request, Some(zone.record_count)).await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a record", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// All records of a zone, oldest first (strongly consistent). The size of a zone is limited, so
    /// they fit into memory.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn all_records(&self, zone: &Zone) -> Result<Vec<Record>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(zone.organisation_id))
            .beginning("sk", prefix(zone.id));
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                records.push(decode("a record", item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(records),
            }
        }
    }

    /// Removes the records that a removed zone left behind.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn clear_zone(&self, zone: &Zone) -> Result<(), StoreError> {
        for begins in [prefix(zone.id), names_prefix(zone.id)] {
            let walk = Walk::of_table(&self.names.organisations, partition(zone.organisation_id))
                .beginning("sk", begins);
            let mut after = None;
            loop {
                let (items, next) = self.next_items(&walk, after.take()).await?;
                let sorts: Vec<String> =
                    items.iter().filter_map(|item| item.get("sk")?.as_s().ok().cloned()).collect();
                for chunk in sorts.chunks(CHUNK) {
                    let mut tx = self.transaction();
                    for sort in chunk {
                        tx.delete(
                            Conflict::DnsRecord,
                            &self.names.organisations,
                            &Key::new(partition(zone.organisation_id), sort.clone()),
                            Condition::none(),
                        )?;
                    }
                    tx.commit().await?;
                }
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(())
    }
}
