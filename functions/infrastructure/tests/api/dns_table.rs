//! A table of record contents: the stored form of valid content, and the content that is rejected.

use provost_domain::{
    dns::RecordType::{self, A, Aaaa, Caa, Cname, Mx, Ns, Srv, Txt},
    user::PortalTier,
};
use serde_json::json;

use crate::common::{found, id, world};

/// Type, name, submitted content, and the stored name and content.
const GOOD: &[(RecordType, &str, &str, &str, &str)] = &[
    (A, "@", "192.0.2.1", "apex.example", "192.0.2.1"),
    (A, "www", " 198.51.100.7 ", "www.apex.example", "198.51.100.7"),
    (A, "*", "192.0.2.2", "*.apex.example", "192.0.2.2"),
    (A, "*.deep", "192.0.2.2", "*.deep.apex.example", "192.0.2.2"),
    (A, "intern", "10.1.2.3", "intern.apex.example", "10.1.2.3"),
    (A, "a.b.c", "192.0.2.3", "a.b.c.apex.example", "192.0.2.3"),
    (A, "bücher", "192.0.2.4", "xn--bcher-kva.apex.example", "192.0.2.4"),
    (A, "FULL.Apex.Example.", "192.0.2.5", "full.apex.example", "192.0.2.5"),
    (Aaaa, "@", "2001:0DB8:0:0::1", "apex.example", "2001:db8::1"),
    (Aaaa, "nat", "64:ff9b::c000:201", "nat.apex.example", "64:ff9b::c000:201"),
    (Cname, "alias", "Target.Example.org", "alias.apex.example", "target.example.org."),
    (Cname, "home", "@", "home.apex.example", "apex.example."),
    (
        Cname,
        "_acme-challenge.x",
        "_abc.acme.example.org.",
        "_acme-challenge.x.apex.example",
        "_abc.acme.example.org.",
    ),
    (Mx, "@", "10 mail.example.org", "apex.example", "10 mail.example.org."),
    (Mx, "nomail", "0 .", "nomail.apex.example", "0 ."),
    (Mx, "@", "65535   Büro.example.org.", "apex.example", "65535 xn--bro-hoa.example.org."),
    (
        Txt,
        "@",
        "v=spf1 include:_spf.example.org -all",
        "apex.example",
        "\"v=spf1 include:_spf.example.org -all\"",
    ),
    (Txt, "_dmarc", "v=DMARC1; p=none", "_dmarc.apex.example", "\"v=DMARC1; p=none\""),
    (Txt, "two", r#""one"  "two \" three \\""#, "two.apex.example", r#""onetwo \" three \\""#),
    (Txt, "back", r#"a\\b "c""#, "back.apex.example", r#""a\\b \"c\"""#),
    (Txt, "dig", r"v=DKIM1\; k=rsa\; p=MIIB", "dig.apex.example", "\"v=DKIM1; k=rsa; p=MIIB\""),
    (
        Txt,
        "mail._domainkey",
        "( \"v=DKIM1; h=sha256; k=rsa; \"\n\t  \"p=MIIB\" )  ; ----- DKIM key mail for example.org",
        "mail._domainkey.apex.example",
        "\"v=DKIM1; h=sha256; k=rsa; p=MIIB\"",
    ),
    (Txt, "bytes", r#""caf\195\169""#, "bytes.apex.example", r#""caf\195\169""#),
    (Txt, "number", r#""\065""#, "number.apex.example", "\"A\""),
    (Txt, "adjacent", r#""a""b""#, "adjacent.apex.example", "\"ab\""),
    (Txt, "_http._tcp", r#""path=/" "u=ada""#, "_http._tcp.apex.example", r#""path=/" "u=ada""#),
    (Txt, "s1_google._domainkey", "x", "s1_google._domainkey.apex.example", "\"x\""),
    (Txt, "foo_bar", "x", "foo_bar.apex.example", "\"x\""),
    (Cname, "em_123", "dkim_2.mcsv.example", "em_123.apex.example", "dkim_2.mcsv.example."),
    (
        Cname,
        "video",
        "r3---sn-ntqe6n76.example.com",
        "video.apex.example",
        "r3---sn-ntqe6n76.example.com.",
    ),
    (A, "gc._msdcs", "192.0.2.9", "gc._msdcs.apex.example", "192.0.2.9"),
    (A, "ab--cd", "192.0.2.9", "ab--cd.apex.example", "192.0.2.9"),
    (Aaaa, "_x", "2001:db8::2", "_x.apex.example", "2001:db8::2"),
    (
        Srv,
        "_a_b._tcp.under_score",
        "1 1 1 sip.example.org",
        "_a_b._tcp.under_score.apex.example",
        "1 1 1 sip.example.org.",
    ),
    (
        Ns,
        "under_score.child",
        "ns1.example.org",
        "under_score.child.apex.example",
        "ns1.example.org.",
    ),
    (
        Srv,
        "_sip._tcp",
        "10 60 5060 Sip.example.org",
        "_sip._tcp.apex.example",
        "10 60 5060 sip.example.org.",
    ),
    (Srv, "_none._udp", "0 0 0 .", "_none._udp.apex.example", "0 0 0 ."),
    (Caa, "@", "0 issue \"ca.example.org\"", "apex.example", "0 issue \"ca.example.org\""),
    (Caa, "@", "128 ISSUEWILD ;", "apex.example", "128 issuewild \";\""),
    (
        Caa,
        "@",
        "0 issue \"ca.example.org; account=230123\"",
        "apex.example",
        "0 issue \"ca.example.org; account=230123\"",
    ),
    (
        Caa,
        "@",
        "0 iodef \"mailto:security@example.org\"",
        "apex.example",
        "0 iodef \"mailto:security@example.org\"",
    ),
    (Caa, "@", "0 issuemail \"ca.example.net\"", "apex.example", "0 issuemail \"ca.example.net\""),
    (Caa, "@", "0 issuevmc \"digicert.com\"", "apex.example", "0 issuevmc \"digicert.com\""),
    (
        Caa,
        "@",
        "0 contactemail \"sec@example.org\"",
        "apex.example",
        "0 contactemail \"sec@example.org\"",
    ),
    (
        Caa,
        "@",
        "0 contactphone \"+15555550100\"",
        "apex.example",
        "0 contactphone \"+15555550100\"",
    ),
    (Caa, "@", "0 Future1 anything", "apex.example", "0 future1 \"anything\""),
    (
        Caa,
        "@",
        "0 iodef https://caa.example.org/",
        "apex.example",
        "0 iodef \"https://caa.example.org/\"",
    ),
    (Ns, "child", "ns1.example.org", "child.apex.example", "ns1.example.org."),
];

/// Type, name, content, and the invalid field.
const BAD: &[(RecordType, &str, &str, &str)] = &[
    (A, "x", "", "content"),
    (A, "x", "192.0.2", "content"),
    (A, "x", "192.0.2.256", "content"),
    (A, "x", "0300.0.2.1", "content"),
    (A, "x", "0x7f.1", "content"),
    (A, "x", "2130706433", "content"),
    (A, "x", "192.0.2.1\n@ IN NS evil.example.", "content"),
    (A, "x", "192.0.2.1 192.0.2.2", "content"),
    (A, "x", "192.0.2.1;", "content"),
    (A, "x", "2001:db8::1", "content"),
    (A, "x", "１９２.0.2.1", "content"),
    (A, "x", "127.0.0.1", "content"),
    (A, "x", "0.0.0.0", "content"),
    (A, "x", "169.254.169.254", "content"),
    (A, "x", "224.0.0.1", "content"),
    (A, "x", "255.255.255.255", "content"),
    (Aaaa, "x", "192.0.2.1", "content"),
    (Aaaa, "x", "64:ff9b::7f00:1", "content"),
    (Aaaa, "x", "64:ff9b:1::a9fe:a9fe", "content"),
    (Aaaa, "x", "64:ff9b:1::7f00:1", "content"),
    (Aaaa, "x", "64:ff9b:1:7f00:0:100::", "content"),
    (Aaaa, "x", "64:ff9b::a00:1", "content"),
    (Aaaa, "x", "64:ff9b::6440:1", "content"),
    (Aaaa, "x", "::ffff:0:127.0.0.1", "content"),
    (Aaaa, "x", "2001:db8::5efe:192.168.0.1", "content"),
    (Aaaa, "x", "2001:db8::200:5efe:169.254.0.1", "content"),
    (Aaaa, "x", "2001:0:7f00:1::", "content"),
    (Aaaa, "x", "2001:0:c000:201::5601:5601", "content"),
    (Aaaa, "x", "2002:7f00:1::", "content"),
    (Aaaa, "x", "2002:c0a8:1::", "content"),
    (Aaaa, "x", "::1", "content"),
    (Aaaa, "x", "::", "content"),
    (Aaaa, "x", "fe80::1", "content"),
    (Aaaa, "x", "fe80::1%eth0", "content"),
    (Aaaa, "x", "::ffff:127.0.0.1", "content"),
    (Aaaa, "x", "ff02::1", "content"),
    (Aaaa, "x", "2001:db8::1::2", "content"),
    (Aaaa, "x", "[2001:db8::1]", "content"),
    (Cname, "@", "other.example", "name"),
    (Cname, "apex.example.", "other.example", "name"),
    (Cname, "x", "x.apex.example", "content"),
    (Cname, "x", "192.0.2.1", "content"),
    (Cname, "x", "nodots", "content"),
    (Cname, "x", "a b.example", "content"),
    (Cname, "x", "a..example", "content"),
    (Cname, "x", "https://a.example", "content"),
    (Cname, "x", "a.example. 3600 IN A 192.0.2.9", "content"),
    (Cname, "x", "a\\.b.example", "content"),
    (Cname, "x", ".", "content"),
    (Mx, "@", "mail.example.org", "content"),
    (Mx, "@", "10", "content"),
    (Mx, "@", "-1 mail.example.org", "content"),
    (Mx, "@", "+1 mail.example.org", "content"),
    (Mx, "@", "65536 mail.example.org", "content"),
    (Mx, "@", "010 mail.example.org", "content"),
    (Mx, "@", "10 192.0.2.1", "content"),
    (Mx, "@", "10 mail.example.org extra", "content"),
    (Mx, "@", "10 .", "content"),
    (Mx, "@", "10 _mail.example.org", "content"),
    (Mx, "@", "10\tmail.example.org", "content"),
    (Txt, "x", "line\nbreak", "content"),
    (Txt, "x", "nul\u{0}", "content"),
    (Txt, "x", "bell\u{7}", "content"),
    (Txt, "x", "grüße", "content"),
    (Txt, "x", "\"open", "content"),
    (Txt, "x", "\"a\"b", "content"),
    (Txt, "x", "\"a\" b", "content"),
    (Txt, "x", r"\256", "content"),
    (Txt, "x", r"\12", "content"),
    (Txt, "x", "ends with \\", "content"),
    (Txt, "x", "(\"a\"", "content"),
    (Txt, "x", "\"a\"\n\"b\"", "content"),
    (Txt, "x", "\u{202e}txt", "content"),
    (Srv, "@", "0 0 80 a.example", "name"),
    (Srv, "sip", "0 0 80 a.example", "name"),
    (Srv, "_sip", "0 0 80 a.example", "name"),
    (Srv, "_sip.tcp", "0 0 80 a.example", "name"),
    (Srv, "*._tcp", "0 0 80 a.example", "name"),
    (Srv, "_a._tcp", "0 0 a.example", "content"),
    (Srv, "_a._tcp", "0 0 0 a.example", "content"),
    (Srv, "_a._tcp", "0 0 65536 a.example", "content"),
    (Srv, "_a._tcp", "0 0 80 192.0.2.1", "content"),
    (Srv, "_a._tcp", "0 0 80 a.example b", "content"),
    (Caa, "@", "issue ca.example.org", "content"),
    (Caa, "@", "1 issue ca.example.org", "content"),
    (Caa, "@", "256 issue ca.example.org", "content"),
    (Caa, "@", "0 e_vil ca.example.org", "content"),
    (Caa, "@", "0 issue-mail ca.example.org", "content"),
    (Caa, "@", "0 issuemail \"%%%%%\"", "content"),
    (Caa, "@", "0 contactemail nobody", "content"),
    (Caa, "@", "0 contactphone call-me", "content"),
    (Caa, "@", "0 issue ca example", "content"),
    (Caa, "@", "0 issue \"%%%%%\"", "content"),
    (Caa, "@", "0 issue \"ca.example.org; account\"", "content"),
    (Caa, "@", "0 issue \"ca.example.org\" \"x\"", "content"),
    (Caa, "@", "0 iodef \"javascript:alert(1)\"", "content"),
    (Caa, "@", "0 iodef \"file:///etc/passwd\"", "content"),
    (Caa, "@", "0 iodef \"not a url\"", "content"),
    (Caa, "@", "0 iodef \"https://user:pass@example.org/\"", "content"),
    (Caa, "@", "0 issue", "content"),
    (Ns, "child", "192.0.2.1", "content"),
    (Ns, "child", ".", "content"),
    (Ns, "child", "child.apex.example", "content"),
    (Ns, "*", "ns1.example.org", "name"),
    (A, "", "192.0.2.1", "name"),
    (A, "other.example.", "192.0.2.1", "name"),
    (A, "evilapex.example.", "192.0.2.1", "name"),
    (A, "x_y", "192.0.2.1", "name"),
    (Mx, "_x", "10 mail.example.org", "name"),
    (A, "_", "192.0.2.1", "name"),
    (Txt, "a_-", "x", "name"),
    (A, "a*b", "192.0.2.1", "name"),
    (A, "x.*", "192.0.2.1", "name"),
    (A, "*.*", "192.0.2.1", "name"),
    (A, "-x", "192.0.2.1", "name"),
    (A, "x-", "192.0.2.1", "name"),
    (A, "a..b", "192.0.2.1", "name"),
    (A, "a b", "192.0.2.1", "name"),
    (A, "$ORIGIN", "192.0.2.1", "name"),
    (A, "x\n", "192.0.2.1", "name"),
    (A, "x\u{0}y", "192.0.2.1", "name"),
    (A, "(x)", "192.0.2.1", "name"),
    (A, "x;y", "192.0.2.1", "name"),
    (A, "\"x\"", "192.0.2.1", "name"),
    (A, "x\\046y", "192.0.2.1", "name"),
    (A, "xn--a", "192.0.2.1", "name"),
    (A, "..", "192.0.2.1", "name"),
    (A, "a\u{200b}b", "192.0.2.1", "name"),
    (A, "\u{202e}ab", "192.0.2.1", "name"),
];

#[tokio::test]
async fn valid_content_is_stored_in_a_canonical_form() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let records = format!(
        "{zones}/{}/records",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    for (kind, name, content, kept_name, kept) in GOOD {
        let reply =
            ada.post(&records, json!({"name": name, "type": kind, "content": content})).await;
        let body = reply.status(201);
        assert_eq!((&body["name"], &body["content"]), (&json!(kept_name), &json!(kept)));
        // The stored form is accepted unchanged.
        ada.put(
            &format!("{records}/{}", id(&body)),
            json!({"name": format!("{kept_name}."), "type": kind, "content": kept}),
        )
        .await
        .status(200);
    }
    for (name, typed) in [("long", "k".repeat(600)), ("longer", format!("\"{}\"", "k".repeat(600)))]
    {
        let cut = ada
            .post(&records, json!({"name": name, "type": "TXT", "content": typed}))
            .await
            .status(201);
        assert_eq!(
            cut["content"],
            json!(format!(
                "\"{}\" \"{}\" \"{}\"",
                "k".repeat(255),
                "k".repeat(255),
                "k".repeat(90)
            ))
        );
        assert_eq!(cut["text"], json!("k".repeat(600)));
    }
    for bytes in [4000, 65_000] {
        let kept = ada
            .post(
                &records,
                json!({"name": format!("n{bytes}"), "type": "TXT", "content": "k".repeat(bytes)}),
            )
            .await
            .status(201);
        assert_eq!(kept["text"].as_str().map(str::len), Some(bytes));
    }
}

#[tokio::test]
async fn invalid_or_hostile_content_is_rejected_by_field() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let records = format!(
        "{zones}/{}/records",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    for (kind, name, content, field) in BAD {
        let reply =
            ada.post(&records, json!({"name": name, "type": kind, "content": content})).await;
        assert_eq!(reply.status, 422, "{kind:?} {name:?} {content:?} returned {}", reply.text());
        let refused = reply.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], *field, "{kind:?} {name:?} {content:?}");
    }
    let (label, name) = ("a".repeat(64), "abcdefgh.".repeat(28));
    for long in [label.as_str(), name.trim_end_matches('.'), &"ü".repeat(600)] {
        ada.post(&records, json!({"name": long, "type": "A", "content": "192.0.2.1"}))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    for text in [
        "x".repeat(65_001),
        "x".repeat(300_000),
        format!("\"{}\"", "x".repeat(65_001)),
        "\"\" ".repeat(20_000),
    ] {
        ada.post(&records, json!({"name": "x", "type": "TXT", "content": text}))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    for ttl in [
        json!(0),
        json!(59),
        json!(86_401),
        json!(-1),
        json!(4_294_967_296_u64),
        json!("60"),
        json!(60.5),
    ] {
        assert_eq!(
            ada.post(
                &records,
                json!({"name": "x", "type": "A", "content": "192.0.2.1", "ttl": ttl})
            )
            .await
            .is(422, "VALIDATION_FAILED")["errors"][0]["field"],
            "ttl"
        );
    }
    for kind in ["SOA", "PTR", "DNAME", "ANY", "a", "NULL", ""] {
        ada.post(&records, json!({"name": "x", "type": kind, "content": "x.example"}))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    assert_eq!(ada.get(&records).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_name_with_a_null_mx_has_no_other_mx_record() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zone = id(&ada
        .post(&format!("{org}/dns/zones"), json!({"name": "apex.example"}))
        .await
        .status(201));
    let records = format!("{org}/dns/zones/{zone}/records");
    let mx = |name: &str, content: &str| json!({"name": name, "type": "MX", "content": content});
    let none = ada.post(&records, mx("@", "0 .")).await.status(201);
    ada.post(&records, mx("@", "10 mail.example.org")).await.is(409, "INVALID_ACTION");
    ada.post(&records, mx("shop", "10 mail.example.org")).await.status(201);
    ada.post(&records, mx("shop", "0 .")).await.is(409, "INVALID_ACTION");
    ada.put(&format!("{records}/{}", id(&none)), mx("@", "10 mail.example.org")).await.ok();
    ada.post(&records, mx("@", "20 backup.example.org")).await.status(201);
}
