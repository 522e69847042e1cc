//! Objects in a folder of this machine, written by one process at a time.

use std::path::{Path, PathBuf};

use provost_search::storage::{
    Condition, Fetched, ObjectStore, StorageError, StoredObject, Written,
};

/// Objects in a folder.
pub struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    /// The objects in a folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key.replace('/', "-"))
    }
}

fn tag(bytes: &[u8]) -> String {
    bytes.len().to_string()
}

impl ObjectStore for FolderStore {
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, StorageError> {
        let Ok(bytes) = std::fs::read(self.path(key)) else { return Ok(None) };
        let tag = tag(&bytes);
        Ok(Some(StoredObject { bytes, tag }))
    }

    async fn get_if_changed(&self, key: &str, tag: &str) -> Result<Fetched, StorageError> {
        Ok(match self.get(key).await? {
            None => Fetched::Missing,
            Some(object) if object.tag == tag => Fetched::Unchanged,
            Some(object) => Fetched::Changed(object),
        })
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, _: Condition) -> Result<Written, StorageError> {
        let tag = tag(&bytes);
        let written = std::fs::write(self.path(key), bytes);
        written.map_err(|error| StorageError(error.into()))?;
        Ok(Written::Stored(tag))
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let _ = std::fs::remove_file(self.path(key));
        Ok(())
    }

    async fn list(&self) -> Result<Vec<String>, StorageError> {
        Ok(Vec::new())
    }
}
