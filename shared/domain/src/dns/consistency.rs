//! Consistency rules for the records of a zone: one TTL for each name and type, one SPF policy for
//! each name, no CNAME loops, and no MX, SRV or NS that points to an alias.
//!
//! Only faults that a change introduces are rejected. A zone with a fault from an earlier release
//! can still be changed and corrected.

use std::collections::{BTreeMap, BTreeSet};

use super::{Record, RecordType};
use crate::{ApiError, RecordId};

/// Maximum length of a CNAME chain within a zone; resolvers give up on longer chains.
pub const MAX_CHAIN: usize = 8;
/// Maximum total size of the contents of a zone, in bytes, so that it can be read, checked and
/// exported at once.
pub const MAX_ZONE_BYTES: usize = 2 * 1024 * 1024;

/// A fault of a record, given the other records of its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The CNAME leads to itself through others.
    Loop,
    /// The CNAME chain is longer than [`MAX_CHAIN`].
    LongChain,
    /// The host that the record points to is an alias.
    Alias(String),
    /// The zone's own name server has no address in the zone that contains it.
    NoAddress(String),
}

/// The host that a record points to.
pub fn target(record: &Record) -> Option<&str> {
    let host = match record.kind {
        RecordType::Cname | RecordType::Ns => record.content.as_str(),
        RecordType::Mx | RecordType::Srv => record.content.rsplit(' ').next()?,
        RecordType::A | RecordType::Aaaa | RecordType::Txt | RecordType::Caa => return None,
    };
    Some(host.strip_suffix('.').unwrap_or(host)).filter(|host| !host.is_empty())
}

/// Whether a name equals another or is below it.
pub fn within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

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

impl Fault {
    fn in_content(&self) -> ApiError {
        match self {
            Self::Loop => ApiError::field(
                "content",
                "loop",
                "This CNAME leads back to its own name. Enter a name that has an address.",
            ),
            Self::LongChain => ApiError::field(
                "content",
                "too_long",
                format!(
                    "This chain has more than {MAX_CHAIN} CNAMEs. Enter the name at the end of the chain."
                ),
            ),
            Self::Alias(name) => ApiError::field(
                "content",
                "alias",
                format!(
                    "{name} is an alias (CNAME), and this type of record needs a host with its own address. Enter the host that the alias points to."
                ),
            ),
            Self::NoAddress(name) => ApiError::field(
                "content",
                "no_address",
                format!(
                    "{name} is in this zone and has no address, so resolvers could not find the zone. Add an A or AAAA record for it first."
                ),
            ),
        }
    }

    fn in_other(&self, other: &Record) -> ApiError {
        let (kind, name) = (other.kind.as_str(), &other.name);
        let detail = match self {
            Self::Loop => format!(
                "This change would make the CNAME of {name} lead back to itself. Change that record first."
            ),
            Self::LongChain => {
                format!(
                    "This change would make the CNAME of {name} lead through more than {MAX_CHAIN} others. Change that record first."
                )
            }
            Self::Alias(host) => {
                format!(
                    "The {kind} record of {name} points to {host}, which this change makes an alias (CNAME). Change that record first."
                )
            }
            Self::NoAddress(host) => {
                format!(
                    "The {kind} record of {name} points to {host}, which this change leaves without an address. Change that record first."
                )
            }
        };
        ApiError::invalid_action(detail, &["update-record", "remove-record"])
            .with("id", other.id.to_string())
    }
}

/// The answer of a zone for a name.
enum Found<'n, 'a> {
    /// These records; none if the name only has names below it, or does not exist.
    Here(&'n [&'a Record]),
    /// Other name servers are authoritative.
    Elsewhere,
}

struct Names<'a> {
    zone: &'a str,
    records: BTreeMap<&'a str, Vec<&'a Record>>,
    /// All existing names, including those that only have names below them (RFC 4592, 2.2.2).
    nodes: BTreeSet<&'a str>,
}

fn above(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(name.split_once('.').map(|(_, rest)| rest), |rest| {
        rest.split_once('.').map(|(_, rest)| rest)
    })
}

impl<'a> Names<'a> {
    fn of(zone: &'a str, all: &'a [Record]) -> Self {
        let (mut records, mut nodes): (BTreeMap<&str, Vec<_>>, BTreeSet<&str>) =
            (BTreeMap::new(), BTreeSet::from([zone]));
        for record in all {
            records.entry(record.name.as_str()).or_default().push(record);
            nodes.insert(&record.name);
            nodes.extend(above(&record.name).filter(|name| within(name, zone)));
        }
        Self { zone, records, nodes }
    }

    fn at(&self, name: &str) -> &[&'a Record] {
        self.records.get(name).map_or(&[], Vec::as_slice)
    }

    fn find(&self, name: &str) -> Found<'_, 'a> {
        let delegated = |name: &str| {
            name != self.zone && self.at(name).iter().any(|record| record.kind == RecordType::Ns)
        };
        if !within(name, self.zone)
            || delegated(name)
            || above(name).filter(|name| within(name, self.zone)).any(delegated)
        {
            return Found::Elsewhere;
        }
        if self.nodes.contains(name) {
            return Found::Here(self.at(name));
        }
        // RFC 4592, 3.3.1: the wildcard below the closest existing name.
        let encloser = above(name).find(|name| self.nodes.contains(name)).unwrap_or(self.zone);
        Found::Here(self.at(&format!("*.{encloser}")))
    }

    fn alias(&self, name: &str) -> Option<&'a str> {
        match self.find(name) {
            Found::Here(records) => records
                .iter()
                .copied()
                .find(|record| record.kind == RecordType::Cname)
                .and_then(target),
            Found::Elsewhere => None,
        }
    }

    fn has_address(&self, name: &str) -> bool {
        let address = |records: &[&Record]| {
            records.iter().any(|record| matches!(record.kind, RecordType::A | RecordType::Aaaa))
        };
        match self.find(name) {
            Found::Here(records) => address(records),
            // The zone above a delegation keeps the addresses of its name servers, as glue.
            Found::Elsewhere => address(self.at(name)),
        }
    }

    fn fault(&self, record: &'a Record) -> Option<Fault> {
        let target = target(record).filter(|target| within(target, self.zone))?;
        if record.kind == RecordType::Cname {
            return self.chain_fault(&record.name, target);
        }
        if self.alias(target).is_some() {
            return Some(Fault::Alias(target.to_owned()));
        }
        let apex = record.kind == RecordType::Ns && record.name == self.zone;
        (apex && !self.has_address(target)).then(|| Fault::NoAddress(target.to_owned()))
    }

    fn chain_fault(&self, first: &'a str, target: &'a str) -> Option<Fault> {
        let (mut seen, mut name) = (BTreeSet::from([first]), target);
        loop {
            if !seen.insert(name) {
                return Some(Fault::Loop);
            }
            if seen.len() > MAX_CHAIN + 1 {
                return Some(Fault::LongChain);
            }
            name = self.alias(name)?;
        }
    }
}

/// The faulty records of a zone.
pub fn faults(zone: &str, records: &[Record]) -> BTreeMap<RecordId, Fault> {
    let names = Names::of(zone, records);
    records.iter().filter_map(|record| Some((record.id, names.fault(record)?))).collect()
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::{Timestamp, ZoneId};

    fn record(n: u128, name: &str, kind: RecordType, content: &str) -> Record {
        let at = Timestamp::from_millis(0);
        let (id, zone_id) = (RecordId::new(Ulid::from(n)), ZoneId::new(Ulid::nil()));
        let name =
            if name == "@" { "apex.example".to_owned() } else { format!("{name}.apex.example") };
        Record {
            id,
            zone_id,
            name,
            kind,
            ttl: 60,
            content: content.to_owned(),
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    /// The faults of a zone's records, by index in the list.
    fn found(records: &[(&str, RecordType, &str)]) -> Vec<(usize, Fault)> {
        let records: Vec<_> = (0_u128..)
            .zip(records)
            .map(|(n, (name, kind, content))| record(n, name, *kind, content))
            .collect();
        let faults = faults("apex.example", &records);
        records
            .iter()
            .enumerate()
            .filter_map(|(n, record)| Some((n, faults.get(&record.id)?.clone())))
            .collect()
    }

    #[test]
    fn cname_loops_are_found() {
        use RecordType::{A, Cname, Ns};
        let alias = |name: &'static str, target: &'static str| (name, Cname, target);
        assert_eq!(
            found(&[
                alias("a", "b.apex.example."),
                alias("b", "c.apex.example."),
                ("c", A, "192.0.2.1")
            ]),
            []
        );
        assert_eq!(found(&[alias("a", "b.apex.example."), alias("b", "www.example.org.")]), []);
        let looped = found(&[
            alias("a", "b.apex.example."),
            alias("b", "c.apex.example."),
            alias("c", "a.apex.example."),
            alias("d", "a.apex.example."),
        ]);
        assert_eq!(looped, (0..4).map(|n| (n, Fault::Loop)).collect::<Vec<_>>());
        // A wildcard matches every name that does not exist, including its own target.
        assert_eq!(found(&[alias("*", "nothing.apex.example.")]), [(0, Fault::Loop)]);
        assert_eq!(found(&[alias("*", "www.apex.example."), ("www", A, "192.0.2.1")]), []);
        // x.y exists, so y exists, and the wildcard does not match it.
        assert_eq!(found(&[alias("*", "y.apex.example."), ("x.y", A, "192.0.2.1")]), []);
        // Names outside the zone are not checked.
        assert_eq!(
            found(&[alias("*", "a.child.apex.example."), ("child", Ns, "ns1.example.org.")]),
            []
        );
    }

    #[test]
    fn a_cname_chain_has_a_maximum_length() {
        let chain = |links: usize| {
            let mut records: Vec<_> = (0..links)
                .map(|n| (format!("n{n}"), RecordType::Cname, format!("n{}.apex.example.", n + 1)))
                .collect();
            records.push((format!("n{links}"), RecordType::A, "192.0.2.1".to_owned()));
            let records: Vec<_> = records
                .iter()
                .map(|(name, kind, content)| (name.as_str(), *kind, content.as_str()))
                .collect();
            found(&records).len()
        };
        assert_eq!((chain(MAX_CHAIN), chain(MAX_CHAIN + 1)), (0, 1));
    }

    #[test]
    fn a_record_that_points_to_an_alias_is_faulty() {
        use RecordType::{A, Cname, Mx, Ns, Srv};
        let alias = ("www", Cname, "other.example.");
        for (name, kind, content) in [
            ("@", Mx, "10 www.apex.example."),
            ("_a._tcp", Srv, "0 0 1 www.apex.example."),
            ("child", Ns, "www.apex.example."),
        ] {
            assert_eq!(
                found(&[alias, (name, kind, content)]),
                [(1, Fault::Alias("www.apex.example".to_owned()))]
            );
            assert_eq!(found(&[("www", A, "192.0.2.1"), (name, kind, content)]), []);
        }
        assert_eq!(
            found(&[("*", Cname, "other.example."), ("@", Mx, "10 mail.apex.example.")]).len(),
            1
        );
    }

    #[test]
    fn a_name_server_inside_the_zone_needs_an_address() {
        use RecordType::{A, Ns};
        let own = ("@", Ns, "ns.apex.example.");
        assert_eq!(found(&[own]), [(0, Fault::NoAddress("ns.apex.example".to_owned()))]);
        assert_eq!(found(&[own, ("ns", A, "192.0.2.1")]), []);
        assert_eq!(found(&[own, ("*", A, "192.0.2.1")]), []);
        assert_eq!(found(&[("@", Ns, "ns.example.org.")]), []);
        assert_eq!(found(&[("child", Ns, "ns.apex.example.")]), []);
    }

    #[test]
    fn only_new_faults_are_rejected() {
        use crate::Code;
        let code = |before: &[Record], after: &[Record], written: Option<&Record>| {
            check_change("apex.example", before, after, written).map_err(|refused| refused.code)
        };
        let (first, second) = (
            record(1, "a", RecordType::Cname, "b.apex.example."),
            record(2, "b", RecordType::Cname, "a.apex.example."),
        );
        let both = [first.clone(), second.clone()];
        assert_eq!(code(&both[..1], &both, Some(&second)), Err(Code::ValidationFailed));
        let with_text = [first.clone(), second, record(3, "t", RecordType::Txt, "\"x\"")];
        assert_eq!(
            code(&both, &with_text, Some(&with_text[2])),
            Ok(()),
            "the fault existed before"
        );
        let mail = record(4, "@", RecordType::Mx, "10 a.apex.example.");
        assert_eq!(
            code(std::slice::from_ref(&mail), &[mail.clone(), first.clone()], Some(&first)),
            Err(Code::InvalidAction),
            "the fault is in another record"
        );
    }

    #[test]
    fn a_name_has_at_most_one_spf_policy() {
        let text = |n, content: &str| record(n, "@", RecordType::Txt, content);
        let policy = text(1, "\"v=spf1 -all\"");
        let refused = |content: &str| {
            let second = text(2, content);
            check_change(
                "apex.example",
                std::slice::from_ref(&policy),
                &[policy.clone(), second.clone()],
                Some(&second),
            )
            .is_err()
        };
        assert!(refused("\"v=spf1 +all\"") && refused("\"V=SPF1 a\"") && refused("\"v=spf1\""));
        assert!(!refused("\"v=spf10\"") && !refused("\"spf\"") && !refused("\"\""));
        assert_eq!(
            check_change(
                "apex.example",
                std::slice::from_ref(&policy),
                std::slice::from_ref(&policy),
                Some(&policy)
            ),
            Ok(()),
            "an update of the same record"
        );
    }
}
