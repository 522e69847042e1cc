//! Entries as a file: a table for spreadsheets, or one JSON object per line.

use provost_api::audit::{csv, ndjson};
use provost_domain::audit::Record;

/// The maximum number of entries in a file.
pub(crate) const MAX_ENTRIES: u32 = 5_000;
/// The maximum size of a file, in bytes: Lambda returns at most 6 MB.
const MAX_SIZE: usize = 5_000_000;

/// A file of entries.
#[derive(Debug)]
pub(crate) struct EntriesFile {
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) text: String,
}

impl EntriesFile {
    /// A table with a line for each entry; `None` if it is too large.
    pub(crate) fn csv(entries: &[Record]) -> Option<Self> {
        Self::of("audit-log.csv", "text/csv; charset=utf-8", csv(entries, true))
    }

    /// A JSON object for each entry; `None` if the file is too large.
    pub(crate) fn ndjson(entries: &[Record]) -> Option<Self> {
        Self::of("audit-log.ndjson", "application/x-ndjson", ndjson(entries))
    }

    fn of(name: &'static str, media_type: &'static str, text: String) -> Option<Self> {
        (text.len() <= MAX_SIZE).then_some(Self { name, media_type, text })
    }
}
