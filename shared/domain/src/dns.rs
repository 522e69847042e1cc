//! DNS zones of organisations and their records: zone verification, record types and limits, and
//! which records can share a name.

pub mod consistency;
mod record;
mod zone;
pub mod zone_file;

use crate::{
    ApiError, Code,
    lockout::AddressLimit,
    time::{DAY, MINUTE},
};
pub use record::{AtName, ExistingRecord, Record, RecordType, joining_ttl, ttl};
pub use zone::{
    Challenge, Zone, ZoneClaim, ZoneStatus, already_yours, check_unclaimed, not_answered,
    not_proved, verified_by_another,
};

/// Maximum number of zones per organisation.
pub const MAX_ZONES: u32 = 100;
/// Maximum number of records per zone.
pub const MAX_RECORDS: u32 = 500;
/// Maximum number of records per name.
pub const MAX_AT_NAME: usize = 50;
/// Minimum and maximum TTL of a record, in seconds.
pub const TTL_RANGE: std::ops::RangeInclusive<u32> = 60..=86_400;
/// Default TTL, in seconds.
pub const DEFAULT_TTL: u32 = 3600;

/// Maximum number of labels of a zone's name. Creating a zone looks up each name above it.
pub const MAX_LABELS: usize = 10;

/// Label below a zone for the record that shows control of it.
pub const CHALLENGE_LABEL: &str = "_provost-challenge";
/// Maximum length of a zone's name, so that the challenge name below it is valid too.
pub const MAX_ZONE_NAME: usize = 253 - CHALLENGE_LABEL.len() - 1;
/// Rate limit for checks of zone control, by organisation: each check queries third-party name
/// servers.
pub const ZONE_CHECKS: AddressLimit =
    AddressLimit { name: "zone-check", most: 30, window: 10 * MINUTE, block: 0, sliding: false };
/// Time for which a removed verified zone stays reserved for its organisation, in milliseconds.
pub const ZONE_RESERVED: i64 = 30 * DAY;

/// Content of an MX record whose name accepts no email.
pub const NULL_MX: &str = "0 .";

/// The error for a zone above the organisation's limit.
pub fn too_many_zones() -> ApiError {
    ApiError::invalid_action(
        format!("This organisation has reached the limit of {MAX_ZONES} zones. Remove one first."),
        &["remove-zone"],
    )
}

/// The error for a record above the zone's limit.
pub fn too_many_records() -> ApiError {
    ApiError::invalid_action(
        format!("This zone has reached the limit of {MAX_RECORDS} records. Remove one first."),
        &["remove-record"],
    )
}

/// The error for DNS routes while DNS is turned off.
pub fn switched_off() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "DNS is turned off for this deployment. Ask an administrator to turn it on.",
    )
}

#[cfg(test)]
mod tests;
