//! For all accepted zone content, BIND's `named-checkzone` accepts the zone file without warnings.
//!
//! Ignored by `cargo test`, because it needs that program (Debian's package bind9-utils); `.ci/run`
//! installs it and runs these tests by name. They fail if it is missing.

use std::{collections::BTreeSet, process::Command};

use fn_infrastructure::dns::{content, name};
use proptest::{
    prelude::*,
    test_runner::{RngSeed, TestRunner},
};
use provost_domain::{
    OrganisationId, RecordId, Timestamp, ZoneId,
    dns::{
        AtName, Record,
        RecordType::{self, A, Aaaa, Caa, Cname, Mx, Ns, Srv, Txt},
        Zone, consistency,
        zone_file::zone_file,
    },
};
use provost_store::dns_records::standing;

const ORIGIN: &str = "apex.example";

/// A zone that is filled through the API's checks.
struct Filled {
    records: Vec<Record>,
    names: std::collections::BTreeMap<String, AtName>,
}

impl Filled {
    fn new() -> Self {
        Self { records: Vec::new(), names: std::collections::BTreeMap::new() }
    }

    /// Adds a record if the API would accept it.
    fn add(&mut self, kind: RecordType, typed_name: &str, typed: &str, ttl: u32) -> bool {
        let Ok(name) = name::owner(typed_name, ORIGIN, kind) else { return false };
        let Ok(content) = content::check(kind, typed, &name, ORIGIN) else { return false };
        let at = Timestamp::from_millis(0);
        let id = RecordId::new(u128::try_from(self.records.len()).expect("few").into());
        let ttl = consistency::set_ttl(&self.records, &name, kind, id).unwrap_or(ttl);
        let record = Record {
            id,
            zone_id: ZoneId::new(0.into()),
            name,
            kind,
            ttl,
            content,
            created_at: at,
            updated_at: at,
            version: 1,
        };
        let at_name = self.names.entry(record.name.clone()).or_default();
        let Ok(after_name) = at_name.with(standing(&record)) else { return false };
        let mut after = self.records.clone();
        after.push(record.clone());
        if consistency::check_change(ORIGIN, &self.records, &after, Some(&record)).is_err() {
            return false;
        }
        *at_name = after_name;
        self.records = after;
        true
    }

    fn zone(&self) -> Zone {
        Zone {
            record_count: u64::try_from(self.records.len()).expect("few"),
            ..Zone::pending(
                ZoneId::new(0.into()),
                OrganisationId::new(0.into()),
                ORIGIN.to_owned(),
                Timestamp::from_millis(0),
            )
        }
    }
}

/// Loads a zone file. Returns the records that BIND read, each in its canonical form, or BIND's
/// complaint.
fn load(text: &str) -> Result<Vec<String>, String> {
    let directory = std::env::temp_dir();
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "");
    let path = directory.join(format!("provost-zone-{}-{thread}", std::process::id()));
    std::fs::write(&path, text).map_err(|cause| cause.to_string())?;
    // Only the zone's own content is checked, without DNS queries about other hosts.
    let run = Command::new("named-checkzone")
        .args(["-i", "local", "-D", "-o", "-", ORIGIN])
        .arg(&path)
        .output();
    let _ = std::fs::remove_file(&path);
    let output = run.map_err(|cause| {
        format!("named-checkzone cannot be run ({cause}). Install Debian's package bind9-utils.")
    })?;
    let read = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(read.lines().map(plain).collect());
    }
    Err(format!("{read}{}", String::from_utf8_lossy(&output.stderr)))
}

/// A line with single spaces between the fields before the content.
fn plain(line: &str) -> String {
    let mut fields = line.split_ascii_whitespace();
    let head: Vec<_> = fields.by_ref().take(4).collect();
    let rest = head.last().and_then(|last| {
        line.split_once(format!("{last}\t").as_str())
            .or_else(|| line.split_once(format!("{last} ").as_str()))
    });
    let content = rest.map_or_else(String::new, |(_, rest)| rest.trim().to_owned());
    format!("{} {content}", head.join(" "))
}

fn assert_loads(filled: &Filled) {
    let text = zone_file(&filled.zone(), &filled.records, &["ns1.example.net".to_owned()]);
    let read: BTreeSet<String> =
        load(&text).unwrap_or_else(|said| panic!("{said}\n{text}")).into_iter().collect();
    for record in &filled.records {
        let line = format!(
            "{}. {} IN {} {}",
            record.name,
            record.ttl,
            record.kind.as_str(),
            record.content
        );
        assert!(read.contains(&line), "{line}\nis not in\n{read:#?}");
    }
    let soa = read.iter().filter(|line| line.contains(" IN SOA ")).count();
    assert!(
        soa >= 1
            && read
                .iter()
                .any(|line| line.starts_with("apex.example. ") && line.contains(" IN NS ")),
        "{read:#?}"
    );
}

#[test]
#[ignore = "needs named-checkzone; run by .ci/run"]
fn a_zone_with_one_of_everything_loads() {
    let mut filled = Filled::new();
    let long = "k".repeat(4000);
    let longest = "k".repeat(65_000);
    let escaped = r"\000\255\034\092;()@$".repeat(40);
    for (kind, name, typed) in [
        (A, "@", "192.0.2.1"),
        (A, "*", "192.0.2.2"),
        (A, "*.deep", "192.0.2.2"),
        (A, "intern", "10.1.2.3"),
        (A, "bücher", "192.0.2.4"),
        (A, "gc._msdcs", "192.0.2.9"),
        (A, "_x", "192.0.2.9"),
        (A, "ab--cd", "192.0.2.9"),
        (Aaaa, "@", "2001:0DB8:0:0::1"),
        (Aaaa, "nat", "64:ff9b::c000:201"),
        (Cname, "alias", "Target.Example.org"),
        (Cname, "home", "@"),
        (Cname, "em_123", "dkim_2.mcsv.example"),
        (Cname, "_acme-challenge.x", "_abc.acme.example.org."),
        (Cname, "video", "r3---sn-ntqe6n76.example.com"),
        (Mx, "@", "10 mail.example.org"),
        (Mx, "nomail", "0 ."),
        (Mx, "in", "10 nothing.apex.example"),
        (Txt, "@", "v=spf1 include:_spf.example.org -all"),
        (Txt, "_dmarc", "v=DMARC1; p=none"),
        (Txt, "back", r#"a\\b "c""#),
        (Txt, "dig", r"v=DKIM1\; k=rsa\; p=MIIB"),
        (Txt, "s1_google._domainkey", "( \"v=DKIM1; \"\n \"p=MIIB\" ) ; key"),
        (Txt, "bytes", r#""caf\195\169""#),
        (Txt, "adjacent", r#""a""b""#),
        (Txt, "long", &long),
        (Txt, "longest", &longest),
        (Txt, "escaped", &escaped),
        (Txt, "empty", "\"\""),
        (Txt, "_http._tcp", r#""path=/" "u=ada""#),
        (Srv, "_sip._tcp", "10 60 5060 Sip.example.org"),
        (Srv, "_none._udp", "0 0 0 ."),
        (Srv, "_a_b._tcp.under_score", "1 1 1 nothing.apex.example"),
        (Caa, "@", "0 issue \"ca.example.org; account=230123\""),
        (Caa, "@", "128 issuewild ;"),
        (Caa, "@", "0 issuemail \"ca.example.net\""),
        (Caa, "@", "0 issuevmc \"digicert.com\""),
        (Caa, "@", "0 contactemail \"sec@example.org\""),
        (Caa, "@", "0 contactphone \"+15555550100\""),
        (Caa, "@", "0 future1 \"a;b \\\\ \\\"c\\\"\""),
        (Caa, "@", "0 iodef mailto:security@example.org"),
        (Ns, "child", "ns1.example.org"),
        (Ns, "child", "ns.child.apex.example"),
        (A, "ns.child", "192.0.2.1"),
        (Txt, "below.child", "hidden"),
        (Ns, "under_score.child2", "ns1.example.org"),
        (A, "ns", "192.0.2.53"),
        (Ns, "@", "ns.apex.example"),
        (Ns, "@", "ns1.example.org"),
    ] {
        assert!(filled.add(kind, name, typed, 300), "{kind:?} {name} {typed}");
    }
    assert_loads(&filled);
}

#[test]
#[ignore = "needs named-checkzone; run by .ci/run"]
fn a_zone_without_records_and_one_without_name_servers_load() {
    let filled = Filled::new();
    assert_loads(&filled);
    assert!(load(&zone_file(&filled.zone(), &[], &[])).is_ok());
}

fn typed() -> impl Strategy<Value = (RecordType, String, String, u32)> {
    let names = prop::sample::select(vec![
        "@",
        "*",
        "www",
        "a",
        "b",
        "c",
        "a.b",
        "*.b",
        "x.y.z",
        "y.z",
        "child",
        "ns.child",
        "deep.ns.child",
        "_sip._tcp",
        "_sip._tcp.a",
        "_443._udp",
        "_dmarc",
        "foo_bar",
        "bücher",
        "r3---sn",
        "1",
        "xn--bcher-kva",
        "gc._msdcs",
        "_http._tcp",
    ]);
    let hosts = || {
        prop::sample::select(vec![
            "www.apex.example",
            "a.apex.example",
            "b.apex.example.",
            "c.apex.example",
            "a.b.apex.example",
            "q.b.apex.example",
            "ns.child.apex.example",
            "apex.example",
            "mail.example.org",
            "r3---sn.example.com",
            "BÜCHER.example",
            "x.y.z.apex.example",
        ])
    };
    let text = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600)
            .prop_map(|bytes| fn_infrastructure::dns::strings::quote(&bytes)),
        "[ -~]{1,300}",
        prop::sample::select(vec![
            "v=spf1 -all",
            "v=spf1 ~all",
            "( \"a\" ; b\n \"c\" )",
            "\\;\\\"\\\\",
            ";",
            "(",
            "$ORIGIN",
            "@"
        ])
        .prop_map(str::to_owned),
    ];
    let content = prop_oneof![
        any::<u32>().prop_map(|n| (A, std::net::Ipv4Addr::from(n).to_string())),
        any::<u128>().prop_map(|n| (Aaaa, std::net::Ipv6Addr::from(n).to_string())),
        hosts().prop_map(|host| (Cname, host.to_owned())),
        hosts().prop_map(|host| (Ns, host.to_owned())),
        (any::<u16>(), hosts()).prop_map(|(n, host)| (Mx, format!("{n} {host}"))),
        Just((Mx, "0 .".to_owned())),
        (any::<u16>(), any::<u16>(), any::<u16>(), hosts())
            .prop_map(|(a, b, c, host)| (Srv, format!("{a} {b} {c} {host}"))),
        text.prop_map(|text| (Txt, text)),
        ("[a-zA-Z0-9]{1,20}", "[ -~]{0,80}").prop_map(|(tag, value)| (
            Caa,
            format!("0 {tag} {}", fn_infrastructure::dns::strings::quote(value.as_bytes()))
        )),
    ];
    (names, content, 60..=86_400_u32)
        .prop_map(|(name, (kind, content), ttl)| (kind, name.to_owned(), content, ttl))
}

#[test]
#[ignore = "needs named-checkzone; run by .ci/run"]
fn any_accepted_zone_loads() {
    let given = ProptestConfig::default();
    let rng_seed =
        if given.rng_seed == RngSeed::Random { RngSeed::Fixed(26) } else { given.rng_seed };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { 400 };
    let mut runner =
        TestRunner::new(ProptestConfig { cases, rng_seed, failure_persistence: None, ..given });
    let accepted = std::cell::Cell::new(0);
    let run = runner.run(&prop::collection::vec(typed(), 1..60), |all| {
        let mut filled = Filled::new();
        for (kind, name, typed, ttl) in all {
            accepted.set(accepted.get() + usize::from(filled.add(kind, &name, &typed, ttl)));
        }
        assert_loads(&filled);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(
        accepted.get() > usize::try_from(cases).expect("a number") * 10,
        "{} records were accepted",
        accepted.get()
    );
}
