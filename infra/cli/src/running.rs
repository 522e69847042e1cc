//! A running platform tells the tools where it is: a file beside its data, gone when it has
//! stopped.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use provost_app::Settings;
use provost_local::RUNNING;
use serde::{Deserialize, Serialize};

use crate::{Failed, keys::write_private};

/// What the tools need to reach a running platform.
#[derive(Clone, Serialize, Deserialize)]
pub struct Running {
    /// Where people reach it.
    pub url: String,
    /// The environment of its functions, with the access key of this start.
    pub settings: Settings,
}

// The settings hold a secret.
impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("url", &self.url).finish_non_exhaustive()
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join(RUNNING)
}

impl Running {
    /// Tells.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn announce(&self, directory: &Path) -> Result<(), Failed> {
        write_private(&path(directory), &serde_json::to_string_pretty(self)?)
    }

    /// Takes it back.
    pub fn withdraw(directory: &Path) {
        // A file that stays behind misleads nobody: the lock decides whether the platform runs.
        let _ = std::fs::remove_file(path(directory));
    }

    /// The platform that runs on this directory; nothing when none does.
    ///
    /// # Errors
    /// When one runs but cannot be reached yet.
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
/// When the lock cannot be looked at.
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
