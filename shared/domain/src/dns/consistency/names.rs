//! The names of a zone: what each of them resolves to, and which records are faulty.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{Fault, MAX_CHAIN};
use crate::{
    RecordId,
    dns::{Record, RecordType},
};

/// The host that a record points to.
pub fn target(record: &Record) -> Option<&str> {
    let host = match record.kind {
        RecordType::Cname | RecordType::Ns => record.content.as_str(),
        RecordType::Mx | RecordType::Srv => record.content.rsplit(' ').next()?,
        RecordType::A
        | RecordType::Aaaa
        | RecordType::Txt
        | RecordType::Caa
        | RecordType::Unknown(_) => return None,
    };
    Some(host.strip_suffix('.').unwrap_or(host)).filter(|host| !host.is_empty())
}

/// Whether a name equals another or is below it.
pub fn within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
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
