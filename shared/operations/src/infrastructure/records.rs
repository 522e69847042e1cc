use provost_domain::dns::{Record, RecordType};
use provost_store::Conflict;

/// What a DNS record says.
#[derive(Debug, Clone)]
pub struct RecordContent {
    /// Full name in ASCII, lower case, without the trailing dot.
    pub name: String,
    /// Type.
    pub kind: RecordType,
    /// Time to live, in seconds; none for the one of the other records of this name and type.
    pub ttl: Option<u32>,
    /// Content in zone-file form.
    pub content: String,
}

/// The zone or its records have changed since they were read.
pub(super) const CHANGED: [Conflict; 3] = [Conflict::Zone, Conflict::DnsRecord, Conflict::DnsName];

/// Maximum size of a record's content in the logs, in bytes. A longer text is truncated.
const MAX_SHOWN: usize = 4096;

/// The content of a record as the logs show it: ASCII, so it can be cut anywhere.
pub(super) fn shown(content: &str) -> String {
    match content.get(..MAX_SHOWN) {
        Some(start) if content.len() > MAX_SHOWN => format!("{start}… ({} bytes)", content.len()),
        _ => content.to_owned(),
    }
}

/// Whether other records may depend on this one: it gives a name an address, or points to one.
pub(super) const fn may_be_needed(record: &Record) -> bool {
    matches!(record.kind, RecordType::A | RecordType::Aaaa | RecordType::Cname)
}
