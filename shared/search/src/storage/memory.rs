//! Objects in memory, for tests and measurements.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Condition, Fetched, ObjectStore, StorageError, StoredObject, Written};

/// Objects in memory, with the conditions of a real store.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, StoredObject>,
    writes: u64,
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size of each object.
    pub fn sizes(&self) -> BTreeMap<String, usize> {
        let state = self.state();
        state.objects.iter().map(|(key, object)| (key.clone(), object.bytes.len())).collect()
    }

    /// Changes the content of an object, as a fault would.
    pub fn corrupt(&self, key: &str, change: impl FnOnce(&mut Vec<u8>)) {
        if let Some(object) = self.state().objects.get_mut(key) {
            change(&mut object.bytes);
        }
    }

    /// Reads an object at once.
    pub fn read(&self, key: &str) -> Option<StoredObject> {
        self.state().objects.get(key).cloned()
    }

    /// Writes an object at once, if its condition holds.
    pub fn write(&self, key: &str, bytes: Vec<u8>, condition: &Condition) -> Written {
        let mut state = self.state();
        let current = state.objects.get(key).map(|object| &object.tag);
        let holds = match condition {
            Condition::Absent => current.is_none(),
            Condition::Tag(tag) => current == Some(tag),
        };
        if !holds {
            return Written::Conflict;
        }
        state.writes += 1;
        let tag = format!("\"{}\"", state.writes);
        state.objects.insert(key.to_owned(), StoredObject { bytes, tag: tag.clone() });
        Written::Stored(tag)
    }

    /// Removes an object at once.
    pub fn remove(&self, key: &str) {
        self.state().objects.remove(key);
    }
}

impl ObjectStore for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, StorageError> {
        Ok(self.read(key))
    }

    async fn get_if_changed(&self, key: &str, tag: &str) -> Result<Fetched, StorageError> {
        Ok(match self.read(key) {
            None => Fetched::Missing,
            Some(object) if object.tag == tag => Fetched::Unchanged,
            Some(object) => Fetched::Changed(object),
        })
    }

    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, StorageError> {
        Ok(self.write(key, bytes, &condition))
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        self.remove(key);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.state().objects.keys().cloned().collect())
    }
}
