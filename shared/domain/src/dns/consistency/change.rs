//! Checks a change of the records of a zone.

use super::names::{faults, target, within};
use crate::{
    ApiError, RecordId,
    dns::{Record, RecordType},
};

/// Maximum total size of the contents of a zone, in bytes, so that it can be read, checked and
/// exported at once.
pub const MAX_ZONE_BYTES: usize = 2 * 1024 * 1024;

/// Whether a record points to a host in its own zone, so that other records decide whether it is
/// valid.
pub fn depends_on_others(record: &Record, zone: &str) -> bool {
    record.kind == RecordType::Cname || target(record).is_some_and(|target| within(target, zone))
}

/// The TTL of the records of a name and type, without one of them. If an earlier release allowed
/// several TTLs, the lowest (RFC 2181, 5.2).
pub fn set_ttl(records: &[Record], name: &str, kind: RecordType, but: RecordId) -> Option<u32> {
    records
        .iter()
        .filter(|other| other.name == name && other.kind == kind && other.id != but)
        .map(|other| other.ttl)
        .min()
}

/// Whether a TXT record is an SPF policy.
fn is_spf(record: &Record) -> bool {
    let text =
        record.content.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("\"v=spf1\""))
            || record.content.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("\"v=spf1 "));
    record.kind == RecordType::Txt && text
}

/// Rejects a change of a zone's records that introduces a fault; `written` is the record that was
/// added or changed.
///
/// # Errors
/// `VALIDATION_FAILED` on `content` when the written record is at fault; `INVALID_ACTION` when the
/// change breaks another record, adds a second SPF policy, or makes the zone too large.
pub fn check_change(
    zone: &str,
    before: &[Record],
    after: &[Record],
    written: Option<&Record>,
) -> Result<(), ApiError> {
    if let Some(written) = written {
        check_size(after)?;
        let same =
            |other: &&Record| other.id != written.id && other.name == written.name && is_spf(other);
        if let Some(other) = before.iter().find(same).filter(|_| is_spf(written)) {
            let detail = "This name already has an SPF policy (v=spf1), and receivers reject a name with two. Change the existing record instead.";
            return Err(ApiError::invalid_action(detail, &["update-record"])
                .with("id", other.id.to_string()));
        }
    }
    let known = faults(zone, before);
    let mut new = faults(zone, after);
    new.retain(|id, fault| known.get(id) != Some(fault));
    // All records of a loop are at fault; the written record is the one to correct.
    if let Some(fault) = written.and_then(|written| new.get(&written.id)) {
        return Err(fault.in_content());
    }
    let other = after.iter().find_map(|other| Some(new.get(&other.id)?.in_other(other)));
    other.map_or(Ok(()), Err)
}

fn check_size(records: &[Record]) -> Result<(), ApiError> {
    let bytes: usize = records.iter().map(|record| record.content.len()).sum();
    if bytes <= MAX_ZONE_BYTES {
        return Ok(());
    }
    Err(ApiError::invalid_action(
        "The records of this zone exceed 2 MiB of content in total. Remove or shorten some of them first.",
        &["remove-record"],
    ))
}
