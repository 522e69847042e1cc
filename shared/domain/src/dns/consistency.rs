//! Consistency rules for the records of a zone: one TTL for each name and type, one SPF policy for
//! each name, no CNAME loops, and no MX, SRV or NS that points to an alias.
//!
//! Only faults that a change introduces are rejected. A zone with a fault from an earlier release
//! can still be changed and corrected.

mod change;
mod fault;
mod names;

pub use change::{MAX_ZONE_BYTES, check_change, depends_on_others, set_ttl};
pub use fault::{Fault, MAX_CHAIN};
pub use names::{faults, target, within};

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::{
        RecordId, Timestamp, ZoneId,
        dns::{Record, RecordType},
    };

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
