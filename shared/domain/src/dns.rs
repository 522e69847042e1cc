//! DNS zones of organisations and their records: what kinds there are, how many there may be, and which of them bear each other at one name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Code, OrganisationId, RecordId, Refused, Timestamp, ZoneId};

/// The most zones of one organisation.
pub const MOST_ZONES: u32 = 100;
/// The most records of one zone.
pub const MOST_RECORDS: u32 = 500;
/// The most records at one name.
pub const MOST_AT_NAME: usize = 50;
/// How long resolvers may keep a record, in seconds: at least and at most.
pub const TTL_RANGE: std::ops::RangeInclusive<u32> = 60..=86_400;
/// The time to live unless one is given, in seconds.
pub const DEFAULT_TTL: u32 = 3600;

/// The most parts of a zone's name. The names above a zone are looked at when it is made, each by itself.
pub const MOST_LABELS: usize = 10;

/// What an MX says when its name takes no mail.
pub const NULL_MX: &str = "0 .";

/// The kinds of records that can be kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Another name for the same thing.
    Cname,
    /// A host that takes mail.
    Mx,
    /// A text.
    Txt,
    /// A host and port of a service.
    Srv,
    /// Who may issue certificates.
    Caa,
    /// A name server.
    Ns,
}

/// A zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Whose it is.
    pub organisation_id: OrganisationId,
    /// Its name in ASCII, lower case, without the last dot; unique in the deployment.
    pub name: String,
    /// How many records it has; kept exact in the transactions that add and remove them.
    pub record_count: u64,
    /// When it was added.
    pub created_at: Timestamp,
    /// Counts every change of the zone and its records.
    pub version: u64,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// The zone.
    pub zone_id: ZoneId,
    /// Its whole name in ASCII, lower case, without the last dot.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Seconds that resolvers may keep it. It is stored under another name, since the tables delete items by their attribute `ttl`, where earlier releases stored it.
    #[serde(rename = "recordTtl", alias = "ttl")]
    pub ttl: u32,
    /// What it says, in the one form that zone files give it.
    pub content: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts every change.
    pub version: u64,
}

/// One record among those of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub id: RecordId,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// A digest of what it says.
    pub digest: String,
    /// Whether it says that the name takes no mail, beside which no other MX may say where mail goes.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub no_mail: bool,
}

/// All that stands at one name: small, so that whether a record may join is decided from one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtName {
    /// The records. They have ids of their own, so the same list is the same state: a counter would begin anew whenever the name was empty for a moment.
    pub records: Vec<Standing>,
}

impl Zone {
    /// The names above it that can be zones themselves, nearest first.
    pub fn above(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.name.split_once('.'), |(_, rest)| rest.split_once('.'))
            .map(|(_, rest)| rest)
            .filter(|name| name.contains('.'))
    }
}

/// The refusal for a name below a zone of another organisation.
pub fn below_anothers() -> Refused {
    Refused::new(
        Code::AlreadyExists,
        "Another organisation keeps a zone above this name; ask it for the records, or the staff of the platform.",
    )
    .with("field", "name")
}

impl AtName {
    /// Without one of the records.
    #[must_use]
    pub fn without(&self, id: RecordId) -> Self {
        Self { records: self.records.iter().filter(|standing| standing.id != id).cloned().collect() }
    }

    /// With one more record.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` when the same stands there; `INVALID_ACTION` when a CNAME, or an MX that refuses mail, would not stand alone, or too many are there.
    pub fn with(&self, standing: Standing) -> Result<Self, Refused> {
        if let Some(same) = self.records.iter().find(|other| other.kind == standing.kind && other.digest == standing.digest) {
            return Err(Refused::new(Code::AlreadyExists, "The zone has this very record already; change that one.")
                .with("field", "content")
                .with("id", same.id.to_string()));
        }
        if self.records.iter().any(|other| other.kind == RecordType::Cname) {
            return Err(Refused::invalid_action(
                "A CNAME stands at this name, and nothing may stand beside it; remove it or use another name.",
                &["remove-record"],
            ));
        }
        if standing.kind == RecordType::Cname && !self.records.is_empty() {
            return Err(Refused::invalid_action(
                "Other records stand at this name, and a CNAME stands alone; remove them or use another name.",
                &["remove-record"],
            ));
        }
        // RFC 7505, 3: a null MX is the only MX of its name.
        let mut mail = self.records.iter().filter(|other| other.kind == RecordType::Mx);
        if standing.kind == RecordType::Mx && mail.any(|other| other.no_mail || standing.no_mail) {
            return Err(Refused::invalid_action(
                "An MX of 0 and a dot says that this name takes no mail, so no other MX stands beside it; remove one or the other.",
                &["remove-record"],
            ));
        }
        if self.records.len() >= MOST_AT_NAME {
            return Err(Refused::invalid_action("This name has 50 records, which is the most; remove one first.", &["remove-record"]));
        }
        let mut all = self.clone();
        all.records.push(standing);
        Ok(all)
    }
}

/// The refusal for a zone more than an organisation may have.
pub fn too_many_zones() -> Refused {
    Refused::invalid_action(format!("This organisation has {MOST_ZONES} zones, which is the most; remove one first."), &["remove-zone"])
}

/// The refusal for a record more than a zone may have.
pub fn too_many_records() -> Refused {
    Refused::invalid_action(format!("This zone has {MOST_RECORDS} records, which is the most; remove one first."), &["remove-record"])
}

/// The refusal for everything about DNS while it is switched off.
pub fn switched_off() -> Refused {
    Refused::new(Code::NotFound, "DNS is switched off on this deployment; ask its staff to switch it on.")
}

/// Reads a time to live.
///
/// # Errors
/// `VALIDATION_FAILED` on `ttl`.
pub fn ttl(given: Option<u32>) -> Result<u32, Refused> {
    let ttl = given.unwrap_or(DEFAULT_TTL);
    if TTL_RANGE.contains(&ttl) {
        Ok(ttl)
    } else {
        Err(Refused::field("ttl", "out_of_range", "Give a number of seconds from 60 to 86400."))
    }
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    fn standing(n: u128, kind: RecordType, digest: &str) -> Standing {
        Standing { id: RecordId::new(Ulid::from(n)), kind, digest: digest.to_owned(), no_mail: false }
    }

    #[test]
    fn an_mx_that_refuses_mail_is_the_only_one() {
        let (takes, refuses) = (standing(1, RecordType::Mx, "x"), Standing { no_mail: true, ..standing(2, RecordType::Mx, "y") });
        let code = |at: &AtName, standing: &Standing| at.with(standing.clone()).map(|_| ()).map_err(|refused| refused.code);
        let taking = AtName::default().with(takes.clone()).unwrap();
        assert_eq!(code(&taking, &refuses), Err(Code::InvalidAction));
        assert_eq!(code(&taking, &standing(3, RecordType::Mx, "z")), Ok(()));
        let refusing = AtName::default().with(refuses).unwrap();
        assert_eq!(code(&refusing, &takes), Err(Code::InvalidAction));
        assert_eq!(code(&refusing, &standing(3, RecordType::Txt, "z")), Ok(()));
    }

    #[test]
    fn the_names_above_a_zone_end_before_the_top() {
        let zone = |name: &str| Zone {
            id: ZoneId::new(Ulid::nil()),
            organisation_id: OrganisationId::new(Ulid::nil()),
            name: name.to_owned(),
            record_count: 0,
            created_at: Timestamp::from_millis(0),
            version: 1,
        };
        assert_eq!(zone("a.b.example.org").above().collect::<Vec<_>>(), ["b.example.org", "example.org"]);
        assert_eq!(zone("example.org").above().count(), 0);
    }

    #[test]
    fn a_cname_stands_alone_and_nothing_stands_twice() {
        let one = AtName::default().with(standing(1, RecordType::A, "x")).unwrap();
        assert!(one.with(standing(2, RecordType::A, "y")).is_ok());
        assert!(one.with(standing(2, RecordType::Txt, "x")).is_ok());
        assert_eq!(one.with(standing(2, RecordType::A, "x")).map_err(|r| r.code), Err(Code::AlreadyExists));
        assert_eq!(one.with(standing(2, RecordType::Cname, "z")).map_err(|r| r.code), Err(Code::InvalidAction));
        let alias = one.without(RecordId::new(Ulid::from(1))).with(standing(2, RecordType::Cname, "z")).unwrap();
        assert_eq!(alias.with(standing(3, RecordType::Txt, "t")).map_err(|r| r.code), Err(Code::InvalidAction));
        assert_eq!(alias.with(standing(3, RecordType::Cname, "q")).map_err(|r| r.code), Err(Code::InvalidAction));
    }

    #[test]
    fn a_time_to_live_has_bounds() {
        assert_eq!((ttl(None), ttl(Some(60)), ttl(Some(86_400))), (Ok(3600), Ok(60), Ok(86_400)));
        for bad in [0, 59, 86_401, u32::MAX] {
            assert!(ttl(Some(bad)).is_err());
        }
    }
}
