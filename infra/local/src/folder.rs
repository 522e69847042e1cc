//! The data folder of a platform on this machine: its permissions, its lock, and what may be
//! deleted.

use crate::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{DirBuilder, File, FileType, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Version of the data layout. A later release has a higher number.
const FORMAT: u32 = 1;
/// Marks a folder as a data folder, with its format.
const MARKER: &str = "provost.json";
/// Locked by the process that uses the folder.
const LOCK: &str = "lock";
/// The tables.
pub(crate) const TABLES: &str = "dynamodb.sqlite";
/// The objects.
pub(crate) const OBJECTS: &str = "s3";
/// Positions in the streams.
pub(crate) const POSITIONS: &str = "streams.json";
/// The private keys of the platform.
pub const KEYS: &str = "keys";
/// The URL and the access key of a running platform.
pub const RUNNING: &str = "running.json";

/// The generated password of the root account, until it is changed.
pub const FIRST_PASSWORD: &str = "first-password";

/// All other files: those of SQLite, and files that are being written.
const FILES: [&str; 12] = [
    MARKER,
    LOCK,
    TABLES,
    "dynamodb.sqlite-wal",
    "dynamodb.sqlite-shm",
    "dynamodb.sqlite-journal",
    POSITIONS,
    "streams.new",
    RUNNING,
    "running.unfinished",
    FIRST_PASSWORD,
    "first-password.unfinished",
];
/// Maximum number of foreign files to name in an error.
const MAX_NAMED: usize = 3;

/// A data folder that this process uses. Clones share it; dropping the last one releases it.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<File>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
}

impl DataFolder {
    /// Whether the folder contains the data of a platform.
    #[must_use]
    pub fn holds_data(path: &Path) -> bool {
        path.join(TABLES).is_file()
    }

    /// Claims the folder for this process, and creates it if missing. Only its owner can read it
    /// and the files that this process writes from then on.
    ///
    /// # Errors
    /// [`Error::Start`] when it cannot be used: another process uses it, it contains other files
    /// than a platform's data, a later release wrote it, or the system returns an error.
    pub fn claim(path: &Path) -> Result<Self> {
        let failed = |cause: &dyn std::fmt::Display| {
            Error::start(format!("with the data folder {}", path.display()), cause)
        };
        // The databases create their files themselves, so the umask is the only way to protect all
        // of them.
        rustix::process::umask(Mode::from_raw_mode(0o077));
        make(path).map_err(|cause| failed(&cause))?;
        let foreign = foreign_entries(path).map_err(|cause| failed(&cause))?;
        if !foreign.is_empty() && !path.join(MARKER).is_file() && !Self::holds_data(path) {
            let sentence = format!(
                "it contains other files: {}. Choose another folder with PROVOST_DIRECTORY",
                named(&foreign)
            );
            return Err(failed(&sentence));
        }
        let lock = lock(path).map_err(|cause| failed(&cause))?;
        let folder = Self { path: path.to_owned(), _lock: Arc::new(lock) };
        folder.check_format().map_err(|cause| failed(&cause))?;
        folder.make_private().map_err(|cause| failed(&cause))?;
        Ok(folder)
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes the data of the platform, and nothing else: if the folder contains other files,
    /// nothing is deleted. `keys` are the names of the private keys. Symbolic links are not
    /// followed.
    ///
    /// # Errors
    /// [`Error::Start`] that names the other files, or what cannot be deleted.
    pub fn clear(&self, keys: &[String]) -> Result<()> {
        let failed = |cause: &dyn std::fmt::Display| {
            Error::start(format!("with --fresh in {}", self.path.display()), cause)
        };
        let refuse = |what: &str| {
            failed(&format!(
                "{what}, and Provost deletes only its own files. Move it away, or choose another folder with PROVOST_DIRECTORY"
            ))
        };
        if std::fs::symlink_metadata(&self.path).map_err(|cause| failed(&cause))?.is_symlink() {
            return Err(refuse("it is a symbolic link"));
        }
        let mut found = Found::default();
        found.look(&self.path, keys).map_err(|cause| failed(&cause))?;
        if !found.foreign.is_empty() {
            let names = found
                .foreign
                .iter()
                .map(|path| path.strip_prefix(&self.path).unwrap_or(path).to_owned())
                .collect::<Vec<_>>();
            return Err(refuse(&format!("it also contains {}", named(&names))));
        }
        for file in &found.files {
            std::fs::remove_file(file).map_err(|cause| {
                failed(&format!("{} cannot be deleted: {cause}", file.display()))
            })?;
        }
        // Innermost folders first.
        for folder in found.folders.iter().rev() {
            std::fs::remove_dir(folder).map_err(|cause| {
                failed(&format!("{} cannot be deleted: {cause}", folder.display()))
            })?;
        }
        Ok(())
    }

    fn check_format(&self) -> std::result::Result<(), String> {
        let path = self.path.join(MARKER);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                let marker = serde_json::to_string(&Marker { format: FORMAT }).unwrap_or_default();
                return std::fs::write(&path, marker + "\n")
                    .map_err(|cause| format!("{MARKER} cannot be written: {cause}"));
            }
            Err(cause) => return Err(format!("{MARKER} cannot be read: {cause}")),
        };
        // A killed start may have left the file empty.
        let Ok(marker) = serde_json::from_str::<Marker>(&text) else {
            return match text.trim().is_empty() {
                true => std::fs::remove_file(&path)
                    .map_err(|cause| cause.to_string())
                    .and_then(|()| self.check_format()),
                false => Err(format!(
                    "{MARKER} is not valid. Restore it, or delete it and start over with --fresh"
                )),
            };
        };
        if marker.format > FORMAT {
            return Err("a later release of Provost wrote it. Use that release, or choose another folder with PROVOST_DIRECTORY".to_owned());
        }
        Ok(())
    }

    /// Earlier releases let others read the folder and its files.
    fn make_private(&self) -> std::io::Result<()> {
        let mode = std::fs::metadata(&self.path)?.permissions().mode();
        if mode & 0o777 == 0o700 {
            return Ok(());
        }
        std::fs::set_permissions(&self.path, Permissions::from_mode(0o700))?;
        let mut left = vec![self.path.clone()];
        while let Some(folder) = left.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    std::fs::set_permissions(entry.path(), Permissions::from_mode(0o700))?;
                    left.push(entry.path());
                } else if kind.is_file() {
                    std::fs::set_permissions(entry.path(), Permissions::from_mode(0o600))?;
                }
            }
        }
        Ok(())
    }
}

fn make(path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        outcome => outcome,
    }
}

/// The entries of the folder that no platform writes.
fn foreign_entries(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut foreign = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if !is_ours(&name, kind) {
            foreign.push(PathBuf::from(name));
        }
    }
    foreign.sort();
    Ok(foreign)
}

fn is_ours(name: &OsString, kind: FileType) -> bool {
    let name = name.to_str().unwrap_or_default();
    (kind.is_file() && FILES.contains(&name)) || (kind.is_dir() && [OBJECTS, KEYS].contains(&name))
}

fn named(paths: &[PathBuf]) -> String {
    let names = paths
        .iter()
        .take(MAX_NAMED)
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    match paths.len().saturating_sub(MAX_NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// Two processes on one folder would miss each other's writes.
fn lock(path: &Path) -> std::result::Result<File, String> {
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let mut options = OpenOptions::new();
    let options = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_link);
    let mut file = options
        .open(path.join(LOCK))
        .map_err(|cause| format!("the file {LOCK} cannot be opened: {cause}"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let process = holder
                .trim()
                .parse::<u32>()
                .map_or_else(|_| String::new(), |id| format!(" ({id})"));
            return Err(format!("another process uses it{process}. Stop that process first"));
        }
        Err(TryLockError::Error(cause)) => {
            return Err(format!("the file {LOCK} cannot be locked: {cause}"));
        }
    }
    // Only for the error message of another process, so a failure does no harm.
    let _ = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}

/// The contents of a data folder.
#[derive(Debug, Default)]
struct Found {
    files: Vec<PathBuf>,
    /// Each after its parent folder.
    folders: Vec<PathBuf>,
    foreign: Vec<PathBuf>,
}

impl Found {
    fn look(&mut self, path: &Path, keys: &[String]) -> std::io::Result<()> {
        for (entry, name, kind) in entries(path)? {
            match name.as_str() {
                // They are in use.
                LOCK | MARKER if kind.is_file() => {}
                OBJECTS if kind.is_dir() => {
                    self.folders.push(entry.clone());
                    self.look_at_objects(&entry)?;
                }
                KEYS if kind.is_dir() => {
                    self.folders.push(entry.clone());
                    let is_key = |name: &str| {
                        keys.iter()
                            .any(|key| key == name.strip_suffix(".unfinished").unwrap_or(name))
                    };
                    for (entry, name, kind) in entries(&entry)? {
                        self.sort(entry, kind.is_file() && is_key(&name));
                    }
                }
                name => self.sort(entry, kind.is_file() && FILES.contains(&name)),
            }
        }
        Ok(())
    }

    fn sort(&mut self, path: PathBuf, is_ours: bool) {
        if is_ours { &mut self.files } else { &mut self.foreign }.push(path);
    }

    fn look_at_objects(&mut self, root: &Path) -> std::io::Result<()> {
        for (entry, name, kind) in entries(root)? {
            if kind.is_dir() && name.starts_with("provost-") {
                self.folders.push(entry.clone());
                self.look_at_bucket(root, &name, &entry)?;
                continue;
            }
            let beside = [".bucket-", ".upload-", ".upload_id-", ".tmp."]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            self.sort(entry, kind.is_file() && beside);
        }
        Ok(())
    }

    /// Every object has a file with its name next to its bucket; an object without one is not from
    /// the platform.
    fn look_at_bucket(&mut self, root: &Path, bucket: &str, path: &Path) -> std::io::Result<()> {
        let mut left = vec![path.to_owned()];
        while let Some(folder) = left.pop() {
            for (entry, _, kind) in entries(&folder)? {
                if kind.is_dir() {
                    self.folders.push(entry.clone());
                    left.push(entry);
                    continue;
                }
                let key = entry.strip_prefix(path).unwrap_or(&entry).to_str().unwrap_or_default();
                let (bucket, key) = (URL_SAFE_NO_PAD.encode(bucket), URL_SAFE_NO_PAD.encode(key));
                let is_object =
                    root.join(format!(".bucket-{bucket}.object-{key}.internal.json")).is_file();
                self.sort(entry, kind.is_file() && is_object);
            }
        }
        Ok(())
    }
}

/// The entries of a folder, sorted by name; the type is that of the entry itself, not of a link's
/// target.
fn entries(path: &Path) -> std::io::Result<Vec<(PathBuf, String, FileType)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        entries.push((
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
            entry.file_type()?,
        ));
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(entries)
}

#[cfg(test)]
mod tests;
