//! DNS zones of organisations and their records: zone verification, record types and limits, and
//! which records can share a name.

pub mod consistency;
pub mod zone_file;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, OrganisationId, RecordId, Timestamp, ZoneId,
    lockout::AddressLimit,
    time::{DAY, MINUTE},
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

/// Type of a DNS record.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Alias of another name.
    Cname,
    /// Mail server.
    Mx,
    /// Text.
    Txt,
    /// Host and port of a service.
    Srv,
    /// Certificate authorities that may issue certificates.
    Caa,
    /// Name server.
    Ns,
}

impl RecordType {
    /// The type as written in zone files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Srv => "SRV",
            Self::Caa => "CAA",
            Self::Ns => "NS",
        }
    }
}

/// Verification status of a zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ZoneStatus {
    /// The owner has not shown control of the domain yet. Zones of releases without this status are
    /// pending, since they were never checked.
    #[default]
    Pending,
    /// The owner has shown control of the domain. The zone is published, and no other organisation
    /// can have it.
    Verified,
}

impl ZoneStatus {
    /// The status in one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
        }
    }
}

/// The TXT record by which the owner of a zone shows control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The name of the record.
    pub name: String,
    /// Text of the record.
    pub value: String,
}

/// A claim to the name of a zone, by an organisation that has shown control, or that removed the
/// zone after showing control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ZoneClaim {
    /// The zone.
    pub zone_id: ZoneId,
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// Time at which control was shown. Absent for zones of releases that did not require it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// Time at which the zone was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
}

impl ZoneClaim {
    /// Whether the zone is verified, so that no other organisation can have it.
    pub const fn is_live(&self) -> bool {
        self.verified_at.is_some() && self.released_at.is_none()
    }

    /// Whether the zone was removed so recently that the same organisation can have it back without
    /// showing control again.
    pub fn is_reserved_for(&self, organisation: OrganisationId, now: Timestamp) -> bool {
        self.organisation_id == organisation
            && self.released_at.is_some_and(|at| now < at.plus(ZONE_RESERVED))
    }
}

/// A DNS zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// Id.
    pub id: ZoneId,
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// Name in ASCII, lower case, without the trailing dot. Unique in the organisation, and in the
    /// deployment once verified.
    pub name: String,
    /// Whether its owner has shown control of it.
    #[serde(default)]
    pub status: ZoneStatus,
    /// Time at which control was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// Number of records, updated in the transactions that add and remove them.
    pub record_count: u64,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Counts every change of the zone and its records.
    pub version: u64,
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
pub struct Standing {
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
    pub records: Vec<Standing>,
}

impl Zone {
    /// Creates a pending zone without records.
    pub const fn pending(
        id: ZoneId,
        organisation_id: OrganisationId,
        name: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organisation_id,
            name,
            status: ZoneStatus::Pending,
            verified_at: None,
            record_count: 0,
            created_at: now,
            version: 1,
        }
    }

    /// The record that shows control. It contains the zone's id, so each organisation and each zone
    /// of the same name has its own.
    pub fn challenge(&self) -> Challenge {
        Challenge {
            name: format!("{CHALLENGE_LABEL}.{}", self.name),
            value: format!("provost-zone={}", self.id),
        }
    }

    /// Whether these texts at the challenge name show control of the zone.
    pub fn is_proved_by(&self, texts: &[Vec<u8>]) -> bool {
        let wanted = self.challenge().value;
        texts.iter().any(|text| text.trim_ascii() == wanted.as_bytes())
    }

    /// The zone as verified.
    #[must_use]
    pub fn verified(self, now: Timestamp) -> Self {
        Self { status: ZoneStatus::Verified, verified_at: Some(now), ..self }
    }
}

/// The error for a zone that another organisation has verified.
pub fn verified_by_another() -> ApiError {
    let detail = "Another organisation has already verified this domain. If the domain is yours, ask support to release it.";
    ApiError::new(Code::AlreadyExists, detail).with("field", "name")
}

/// The error for a zone that the organisation already has.
pub fn already_yours() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "Your organisation already has this zone. Use the existing zone.",
    )
    .with("field", "name")
}

/// The error while the challenge record is missing.
pub fn not_proved(challenge: &Challenge) -> ApiError {
    let detail = format!(
        "No TXT record with the text {} was found at {}. Add the record at your current DNS provider, wait until it is visible, and check again.",
        challenge.value, challenge.name
    );
    ApiError::invalid_action(detail, &["verify-zone"])
}

/// The error while the domain's name servers do not respond.
pub fn not_answered(challenge: &Challenge) -> ApiError {
    let detail = format!(
        "The domain's name servers did not answer a query for {}. Check that they are reachable, and try again in a few minutes.",
        challenge.name
    );
    ApiError::new(Code::Unavailable, detail)
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
    pub fn with(&self, standing: Standing) -> Result<Self, ApiError> {
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

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    fn standing(n: u128, kind: RecordType, digest: &str) -> Standing {
        Standing {
            id: RecordId::new(Ulid::from(n)),
            kind,
            digest: digest.to_owned(),
            ttl: None,
            no_mail: false,
        }
    }

    #[test]
    fn a_null_mx_is_the_only_mx_of_its_name() {
        let (takes, refuses) = (
            standing(1, RecordType::Mx, "x"),
            Standing { no_mail: true, ..standing(2, RecordType::Mx, "y") },
        );
        let code = |at: &AtName, standing: &Standing| {
            at.with(standing.clone()).map(|_| ()).map_err(|refused| refused.code)
        };
        let taking = AtName::default().with(takes.clone()).unwrap();
        assert_eq!(code(&taking, &refuses), Err(Code::InvalidAction));
        assert_eq!(code(&taking, &standing(3, RecordType::Mx, "z")), Ok(()));
        let refusing = AtName::default().with(refuses).unwrap();
        assert_eq!(code(&refusing, &takes), Err(Code::InvalidAction));
        assert_eq!(code(&refusing, &standing(3, RecordType::Txt, "z")), Ok(()));
    }

    #[test]
    fn a_zone_is_verified_only_by_its_own_challenge_text() {
        let zone = |n: u128| {
            Zone::pending(
                ZoneId::new(Ulid::from(n)),
                OrganisationId::new(Ulid::nil()),
                "example.org".to_owned(),
                Timestamp::from_millis(0),
            )
        };
        let text = |text: &str| text.as_bytes().to_vec();
        let (mine, other) = (zone(1), zone(2));
        assert_eq!(mine.challenge().name, "_provost-challenge.example.org");
        assert!(mine.is_proved_by(&[text("v=spf1 -all"), text(&mine.challenge().value)]));
        assert!(mine.is_proved_by(&[text(&format!(" {} ", mine.challenge().value))]));
        for wrong in [
            other.challenge().value,
            mine.challenge().value.to_uppercase(),
            format!("{}x", mine.challenge().value),
            String::new(),
        ] {
            assert!(!mine.is_proved_by(&[text(&wrong)]), "{wrong}");
        }
        assert!(!mine.is_proved_by(&[]) && !mine.is_proved_by(&[vec![0xff; 70_000]]));
    }

    #[test]
    fn a_removed_zone_stays_reserved_for_its_organisation_for_30_days() {
        let (ours, theirs) =
            (OrganisationId::new(Ulid::from(1)), OrganisationId::new(Ulid::from(2)));
        let at = Timestamp::from_millis(1_000_000);
        let live = ZoneClaim {
            zone_id: ZoneId::new(Ulid::nil()),
            organisation_id: ours,
            verified_at: Some(at),
            released_at: None,
        };
        let released = ZoneClaim { released_at: Some(at), ..live.clone() };
        let unproved = ZoneClaim { verified_at: None, ..live.clone() };
        assert_eq!([&live, &released, &unproved].map(ZoneClaim::is_live), [true, false, false]);
        let last = at.plus(ZONE_RESERVED - 1);
        assert!(released.is_reserved_for(ours, last) && !released.is_reserved_for(theirs, last));
        assert!(
            !released.is_reserved_for(ours, at.plus(ZONE_RESERVED))
                && !live.is_reserved_for(ours, at)
        );
    }

    #[test]
    fn a_record_takes_the_ttl_of_the_records_that_it_joins() {
        assert_eq!(
            (
                joining_ttl(None, Some(300)),
                joining_ttl(Some(300), Some(300)),
                joining_ttl(None, None)
            ),
            (Ok(300), Ok(300), Ok(3600))
        );
        assert!(joining_ttl(Some(60), Some(300)).is_err() && joining_ttl(Some(1), None).is_err());
    }

    #[test]
    fn a_cname_is_the_only_record_of_its_name_and_duplicates_are_rejected() {
        let one = AtName::default().with(standing(1, RecordType::A, "x")).unwrap();
        assert!(one.with(standing(2, RecordType::A, "y")).is_ok());
        assert!(one.with(standing(2, RecordType::Txt, "x")).is_ok());
        assert_eq!(
            one.with(standing(2, RecordType::A, "x")).map_err(|r| r.code),
            Err(Code::AlreadyExists)
        );
        assert_eq!(
            one.with(standing(2, RecordType::Cname, "z")).map_err(|r| r.code),
            Err(Code::InvalidAction)
        );
        let alias = one
            .without(RecordId::new(Ulid::from(1)))
            .with(standing(2, RecordType::Cname, "z"))
            .unwrap();
        assert_eq!(
            alias.with(standing(3, RecordType::Txt, "t")).map_err(|r| r.code),
            Err(Code::InvalidAction)
        );
        assert_eq!(
            alias.with(standing(3, RecordType::Cname, "q")).map_err(|r| r.code),
            Err(Code::InvalidAction)
        );
    }

    #[test]
    fn a_ttl_has_a_minimum_and_a_maximum() {
        assert_eq!((ttl(None), ttl(Some(60)), ttl(Some(86_400))), (Ok(3600), Ok(60), Ok(86_400)));
        for bad in [0, 59, 86_401, u32::MAX] {
            assert!(ttl(Some(bad)).is_err());
        }
    }
}
