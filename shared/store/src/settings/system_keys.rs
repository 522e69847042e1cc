//! System keys: one partition of few services, an item each with its live keys.

use provost_domain::{
    SystemKeyId, Timestamp,
    page::{Page, PageRequest},
    system_key::Service,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    transaction::Condition,
    walk::Walk,
};

const PARTITION: &str = "SYSTEMKEYS";

/// The key of a service.
pub fn key(name: &str) -> Key {
    Key::new(PARTITION, format!("SERVICE#{name}"))
}

impl Transaction {
    /// Saves the keys of a service, on condition that none was created or revoked since they were
    /// read. A service without keys is removed.
    ///
    /// # Errors
    /// `Unreadable` when they cannot be serialized.
    pub fn save_service(&mut self, service: &Service) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let unchanged = if service.version == 0 {
            Condition::absent()
        } else {
            Condition::equals("version", n(service.version))
        };
        if service.keys.is_empty() {
            return self.delete(Conflict::SystemKeys, &table, &key(&service.name), unchanged);
        }
        let written = Service { version: service.version + 1, ..service.clone() };
        let item = encode("a service", &key(&service.name), &written)?;
        self.put(Conflict::SystemKeys, &table, item, unchanged)
    }
}

impl Store {
    /// Reads a service with its live keys (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn service(&self, name: &str) -> Result<Option<Service>, StoreError> {
        let found = self.get(&self.names.catalogue, &key(name), "reading a service").await?;
        found.map(|item| decode("a service", item)).transpose()
    }

    /// All services with live keys, a page at a time, by name.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn services(&self, request: &PageRequest) -> Result<Page<Service>, StoreError> {
        let walk = Walk::of_table(&self.names.catalogue, PARTITION).beginning("sk", "SERVICE#");
        let page = self.page(&walk, request, None).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a service", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// Records the use of a key. A key that was revoked in the meantime stays revoked.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_system_key_use(
        &self,
        service: &str,
        id: SystemKeyId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let live = Condition::expression("attribute_exists(#keys.#id)")
            .name("#keys", "keys")
            .name("#used", "lastUsedAt")
            .value(
                ":now",
                serde_dynamo::to_attribute_value(now)
                    .map_err(|cause| StoreError::unreadable("a time", cause))?,
            )
            .dynamic_name("#id", id.to_string());
        let table = self.names.catalogue.clone();
        let mut tx = self.transaction();
        tx.update(Conflict::SystemKeys, &table, &key(service), "SET #keys.#id.#used = :now", live)?;
        match tx.commit().await {
            Err(error) if error.conflict().is_some() => Ok(()),
            done => done,
        }
    }
}
