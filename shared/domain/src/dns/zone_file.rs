//! A zone as a zone file (RFC 1035, 5), with the SOA and NS records that a name server needs.

use std::fmt::Write;

use super::{
    Record, RecordType, Zone,
    consistency::{Fault, faults, target},
};

/// Placeholder for a zone without name servers of its own or of the deployment. The name cannot
/// exist (RFC 2606), so nobody can take it over.
pub const NO_NAME_SERVER: &str = "ns.invalid";
/// TTL of the SOA and NS records that are not part of the zone's own records, in seconds.
const TTL: u32 = 3600;

/// The zone as a file that a name server can load. Each name and type has one TTL; `name_servers`
/// are the deployment's, used for a zone without its own.
pub fn zone_file(zone: &Zone, records: &[Record], name_servers: &[String]) -> String {
    let origin = zone.name.as_str();
    let faults = faults(origin, records);
    let loads = |record: &&Record| !matches!(faults.get(&record.id), Some(Fault::NoAddress(_)));
    let mut sorted: Vec<&Record> = records.iter().filter(loads).collect();
    sorted
        .sort_by_key(|record| (record.name != origin, &record.name, record.kind, &record.content));

    let own: Vec<&str> = sorted
        .iter()
        .filter(|record| record.name == origin && record.kind == RecordType::Ns)
        .filter_map(|record| target(record))
        .collect();
    let mut added: Vec<&str> = Vec::new();
    if own.is_empty() {
        added.extend(name_servers.iter().map(String::as_str));
        if added.is_empty() {
            added.push(NO_NAME_SERVER);
        }
    }
    let first = own.first().or(added.first()).copied().unwrap_or(NO_NAME_SERVER);
    // Every change of the zone or its records increases the version; serial numbers wrap around
    // (RFC 1982).
    let serial = zone.version % (1 << 32);
    let mut file =
        format!("; {origin}: {} zone with {} records\n", zone.status.as_str(), records.len());
    if added.contains(&NO_NAME_SERVER) {
        file.push_str("; This deployment names no name servers. Replace ns.invalid with yours.\n");
    }
    // Writing to a string cannot fail.
    let _ = writeln!(
        file,
        "{origin}. {TTL} IN SOA {first}. hostmaster.{origin}. {serial} 7200 900 1209600 300"
    );
    for server in added {
        let _ = writeln!(file, "{origin}. {TTL} IN NS {server}.");
    }
    for record in sorted {
        let set =
            records.iter().filter(|other| other.name == record.name && other.kind == record.kind);
        let ttl = set.map(|other| other.ttl).min().unwrap_or(record.ttl);
        let _ =
            writeln!(file, "{}. {ttl} IN {} {}", record.name, record.kind.as_str(), record.content);
    }
    for record in records.iter().filter(|record| !loads(record)) {
        let _ = writeln!(
            file,
            "; left out, since its host has no address: {}. IN {} {}",
            record.name,
            record.kind.as_str(),
            record.content
        );
    }
    file
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::{OrganisationId, RecordId, Timestamp, ZoneId};

    fn record(n: u128, name: &str, kind: RecordType, ttl: u32, content: &str) -> Record {
        let at = Timestamp::from_millis(0);
        let (id, zone_id) = (RecordId::new(Ulid::from(n)), ZoneId::new(Ulid::nil()));
        Record {
            id,
            zone_id,
            name: name.to_owned(),
            kind,
            ttl,
            content: content.to_owned(),
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    fn zone() -> Zone {
        Zone {
            version: 7,
            ..Zone::pending(
                ZoneId::new(Ulid::nil()),
                OrganisationId::new(Ulid::nil()),
                "apex.example".to_owned(),
                Timestamp::from_millis(0),
            )
        }
    }

    #[test]
    fn a_zone_file_has_soa_name_servers_and_one_ttl_per_record_set() {
        let records = [
            record(1, "www.apex.example", RecordType::A, 3600, "192.0.2.1"),
            record(2, "www.apex.example", RecordType::A, 300, "192.0.2.2"),
            record(3, "apex.example", RecordType::Txt, 60, "\"a;b\""),
        ];
        let file = zone_file(&zone(), &records, &["ns1.example.net".to_owned()]);
        let expected = "; apex.example: pending zone with 3 records\n\
            apex.example. 3600 IN SOA ns1.example.net. hostmaster.apex.example. 7 7200 900 1209600 300\n\
            apex.example. 3600 IN NS ns1.example.net.\n\
            apex.example. 60 IN TXT \"a;b\"\n\
            www.apex.example. 300 IN A 192.0.2.1\n\
            www.apex.example. 300 IN A 192.0.2.2\n";
        assert_eq!(file, expected);
    }

    #[test]
    fn the_name_servers_of_the_zone_override_those_of_the_deployment() {
        let own = record(1, "apex.example", RecordType::Ns, 60, "ns.example.org.");
        let file = zone_file(&zone(), &[own], &["ns1.example.net".to_owned()]);
        assert!(
            file.contains("SOA ns.example.org.") && !file.contains("ns1.example.net"),
            "{file}"
        );
        assert!(zone_file(&zone(), &[], &[]).contains("IN NS ns.invalid.\n"));
    }

    #[test]
    fn a_name_server_without_an_address_is_left_out_of_the_zone_file() {
        let lost = record(1, "apex.example", RecordType::Ns, 60, "ns.apex.example.");
        let file = zone_file(&zone(), &[lost], &[]);
        assert!(file.contains("; left out") && file.contains("IN NS ns.invalid."), "{file}");
    }
}
