//! The store behind the interface: the file system store and what it lacks.

use super::extras::{Address, Extras};
use super::locks::Locks;
use super::open_uploads::Uploads;
use crate::{Error, Result};
use s3s::dto::BucketLifecycleConfiguration;
use s3s_fs::FileSystem;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::RwLock;

pub(super) struct Store {
    pub(super) files: FileSystem,
    pub(super) root: PathBuf,
    pub(super) uploads: Uploads,
    pub(super) locks: Locks,
    /// Read-locked by writers of an object, write-locked while empty folders are removed: a folder
    /// must not vanish between its creation and its use.
    pub(super) folders: RwLock<()>,
    extras: Mutex<HashMap<Address, Extras>>,
    lifecycles: Mutex<HashMap<String, BucketLifecycleConfiguration>>,
}

impl Store {
    pub(super) fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(|cause| Error::start("S3", cause))?;
        let files =
            FileSystem::new(root).map_err(|cause| Error::start("S3", format!("{cause:?}")))?;
        let root = root.canonicalize().map_err(|cause| Error::start("S3", cause))?;
        Ok(Self {
            files,
            uploads: Uploads::found_in(&root).map_err(|cause| Error::start("S3", cause))?,
            root,
            locks: Locks::default(),
            folders: RwLock::new(()),
            extras: Mutex::default(),
            lifecycles: Mutex::default(),
        })
    }

    pub(super) fn extras(&self) -> MutexGuard<'_, HashMap<Address, Extras>> {
        self.extras.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lifecycles(
        &self,
    ) -> MutexGuard<'_, HashMap<String, BucketLifecycleConfiguration>> {
        self.lifecycles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
