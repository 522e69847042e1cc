//! The members of an archive.

use crate::Totals;
use crate::zip_stream::Entry;

/// The member that lists the others.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The page that a user opens first.
pub(crate) const PAGE: &str = "index.html";

/// Compression of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed: for images, videos and archives, which are compressed already.
    Stored,
    /// Deflated: for text.
    Deflate,
}

impl Compression {
    /// Chooses by the extension of a name: formats that are compressed already are stored.
    #[must_use]
    pub fn for_name(name: &str) -> Self {
        const COMPRESSED: [&str; 34] = [
            "7z", "aac", "age", "avif", "br", "bz2", "docx", "flac", "gif", "gz", "heic", "heif",
            "jar", "jpeg", "jpg", "jxl", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "odt", "ogg",
            "opus", "png", "pptx", "rar", "webm", "webp", "xlsx", "xz", "zip", "zst",
        ];
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
            .unwrap_or_default();
        if COMPRESSED.contains(&extension.as_str()) { Self::Stored } else { Self::Deflate }
    }
}

/// A written member.
#[derive(Debug, Clone)]
pub struct Member {
    pub(crate) name: Box<str>,
    pub(crate) records: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) entry: Entry,
}

impl Member {
    /// Path of the member in the archive.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of records, as counted by [`Archive::add_records`](crate::Archive::add_records).
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Size in bytes, before compression.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entry.bytes
    }

    /// SHA-256 of the bytes before compression, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// The sums over all members.
pub(crate) fn totals(members: &[Member]) -> Totals {
    let mut totals = Totals { members: members.len() as u64, ..Totals::default() };
    for member in members {
        totals.records = totals.records.saturating_add(member.records());
        totals.bytes = totals.bytes.saturating_add(member.bytes());
    }
    totals
}
