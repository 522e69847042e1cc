//! Records of a zone, and which of them can share a name.

use serde::{Deserialize, Serialize};

use super::{DEFAULT_TTL, MAX_AT_NAME, TTL_RANGE};
use crate::{ApiError, Code, RecordId, Timestamp, ZoneId, stored_enum::stored_enum};

stored_enum! {
    /// Type of a DNS record.
    #[derive(PartialOrd, Ord)]
    pub enum RecordType {
        /// IPv4 address.
        A = "A",
        /// IPv6 address.
        Aaaa = "AAAA",
        /// Alias of another name.
        Cname = "CNAME",
        /// Mail server.
        Mx = "MX",
        /// Text.
        Txt = "TXT",
        /// Host and port of a service.
        Srv = "SRV",
        /// Certificate authorities that may issue certificates.
        Caa = "CAA",
        /// Name server.
        Ns = "NS",
    }
}

/// A DNS record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Id.
    pub id: RecordId,
    /// The zone.
    pub zone_id: ZoneId,
    /// Full name in ASCII, lower case, without the trailing dot.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Seconds that resolvers may keep it. It is stored under another name, since the tables delete
    /// items by their attribute `ttl`, where earlier releases stored it.
    #[serde(rename = "recordTtl", alias = "ttl")]
    pub ttl: u32,
    /// Content in its canonical form in zone files.
    pub content: String,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Version number; increases with every change.
    pub version: u64,
}

/// One record among those with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingRecord {
    /// Record id.
    pub id: RecordId,
    /// Type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Digest of the content.
    pub digest: String,
    /// TTL, so that adding a record detects a concurrent change of the TTL of the name and type.
    /// Earlier releases did not store it.
    #[serde(rename = "recordTtl", skip_serializing_if = "Option::is_none", default)]
    pub ttl: Option<u32>,
    /// Whether this is an MX record whose name accepts no email, which cannot be combined with
    /// other MX records.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub no_mail: bool,
}

/// All records of one name, in one small item that decides whether a record can be added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtName {
    /// The records. Each has its own id, so an equal list means an equal state; a counter would
    /// restart whenever the name was briefly empty.
    pub records: Vec<ExistingRecord>,
}

impl AtName {
    /// The name without this record.
    #[must_use]
    pub fn without(&self, id: RecordId) -> Self {
        Self {
            records: self.records.iter().filter(|standing| standing.id != id).cloned().collect(),
        }
    }

    /// The name with one more record.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` for a record that exists; `INVALID_ACTION` when a CNAME, or a null MX,
    /// would not be the only record, or the limit is reached.
    pub fn with(&self, standing: ExistingRecord) -> Result<Self, ApiError> {
        if let Some(same) = self
            .records
            .iter()
            .find(|other| other.kind == standing.kind && other.digest == standing.digest)
        {
            return Err(ApiError::new(
                Code::AlreadyExists,
                "This zone already has the same record. Change the existing record instead.",
            )
            .with("field", "content")
            .with("id", same.id.to_string()));
        }
        if self.records.iter().any(|other| other.kind == RecordType::Cname) {
            return Err(ApiError::invalid_action(
                "This name has a CNAME record, which cannot be combined with other records. Remove the CNAME or use another name.",
                &["remove-record"],
            ));
        }
        if standing.kind == RecordType::Cname && !self.records.is_empty() {
            return Err(ApiError::invalid_action(
                "This name has other records, which cannot be combined with a CNAME. Remove them or use another name.",
                &["remove-record"],
            ));
        }
        // RFC 7505, 3: a null MX is the only MX of its name.
        let mut mail = self.records.iter().filter(|other| other.kind == RecordType::Mx);
        if standing.kind == RecordType::Mx && mail.any(|other| other.no_mail || standing.no_mail) {
            return Err(ApiError::invalid_action(
                "An MX record of `0 .` means that this name accepts no mail, so it cannot be combined with other MX records. Remove one or the other.",
                &["remove-record"],
            ));
        }
        if self.records.len() >= MAX_AT_NAME {
            return Err(ApiError::invalid_action(
                "This name has reached the limit of 50 records. Remove one first.",
                &["remove-record"],
            ));
        }
        let mut all = self.clone();
        all.records.push(standing);
        Ok(all)
    }

    /// The name with another TTL for all records of a type.
    #[must_use]
    pub fn with_ttl(mut self, kind: RecordType, ttl: u32) -> Self {
        for standing in self.records.iter_mut().filter(|standing| standing.kind == kind) {
            standing.ttl = Some(ttl);
        }
        self
    }
}

/// Reads a time to live.
///
/// # Errors
/// `VALIDATION_FAILED` on `ttl`.
pub fn ttl(given: Option<u32>) -> Result<u32, ApiError> {
    let ttl = given.unwrap_or(DEFAULT_TTL);
    if TTL_RANGE.contains(&ttl) {
        Ok(ttl)
    } else {
        Err(ApiError::field(
            "ttl",
            "out_of_range",
            "This TTL is out of range. Enter a number of seconds from 60 to 86400.",
        ))
    }
}

/// The TTL of a record that joins others of its name and type, which share one TTL (RFC 2181, 5.2).
/// Defaults to theirs.
///
/// # Errors
/// `VALIDATION_FAILED` on `ttl`.
pub fn joining_ttl(given: Option<u32>, set: Option<u32>) -> Result<u32, ApiError> {
    let Some(set) = set else { return ttl(given) };
    if ttl(given.or(Some(set)))? == set {
        return Ok(set);
    }
    let message = format!(
        "All records of the same name and type need the same TTL, and the others have {set} seconds. Omit the TTL, or change it in one of the others, which changes it in all."
    );
    Err(ApiError::field("ttl", "differs", message))
}
