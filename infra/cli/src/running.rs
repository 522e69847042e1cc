//! The file through which commands find a running platform: next to its data, removed when it
//! stops.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use provost_app::Settings;
use provost_local::RUNNING;
use serde::{Deserialize, Serialize};

use crate::{Failed, keys::write_private};

/// What commands need to connect to a running platform.
#[derive(Clone, Serialize, Deserialize)]
pub struct Running {
    /// The URL of the API.
    pub url: String,
    /// The environment of its functions, with the access key of this start.
    pub settings: Settings,
}

// Contains a secret.
impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("url", &self.url).finish_non_exhaustive()
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join(RUNNING)
}

impl Running {
    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn announce(&self, directory: &Path) -> Result<(), Failed> {
        write_private(&path(directory), &serde_json::to_string_pretty(self)?)
    }

    /// Removes the file.
    pub fn withdraw(directory: &Path) {
        // A leftover file does no harm: the lock decides whether the platform is running.
        let _ = std::fs::remove_file(path(directory));
    }

    /// The platform that is running on this directory; `None` if there is none.
    ///
    /// # Errors
    /// When one is running but cannot be reached yet.
    pub fn find(directory: &Path) -> Result<Option<Self>, Failed> {
        if !is_locked(directory)? {
            return Ok(None);
        }
        let starting = || {
            Failed::new(format!(
                "another process uses {} and cannot be reached yet. It may still be starting. Try again in a moment.",
                directory.display()
            ))
        };
        let text = std::fs::read_to_string(path(directory)).map_err(|_| starting())?;
        serde_json::from_str(&text).map(Some).map_err(|_| starting())
    }
}

/// Whether another process uses the directory.
///
/// # Errors
/// When the lock cannot be checked.
pub fn is_locked(directory: &Path) -> Result<bool, Failed> {
    let lock = match File::open(directory.join("lock")) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(std::fs::TryLockError::WouldBlock) => Ok(true),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
