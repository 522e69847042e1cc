//! The rules that the records of a zone must satisfy together, over HTTP.

use provost_domain::user::PortalTier;
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

use crate::common::{everything, found, id, world};

struct Records<'a> {
    owner: Someone<'a>,
    path: String,
}

impl<'a> Records<'a> {
    async fn of(world: &'a World) -> Self {
        let owner = world.person("ada").await;
        let (_, org) = found(world, &owner, "apex", PortalTier::Free).await;
        let zones = format!("{org}/dns/zones");
        let path = format!(
            "{zones}/{}/records",
            id(&owner.post(&zones, json!({"name": "apex.example"})).await.status(201))
        );
        Self { owner, path }
    }

    async fn add(&self, name: &str, kind: &str, content: &str, ttl: Value) -> Reply {
        let mut write = json!({"name": name, "type": kind, "content": content});
        if !ttl.is_null() {
            write["ttl"] = ttl;
        }
        self.owner.post(&self.path, write).await
    }

    async fn added(&self, name: &str, kind: &str, content: &str) -> String {
        id(&self.add(name, kind, content, Value::Null).await.status(201))
    }

    async fn change(
        &self,
        record: &str,
        name: &str,
        kind: &str,
        content: &str,
        ttl: Value,
    ) -> Reply {
        let mut write = json!({"name": name, "type": kind, "content": content});
        if !ttl.is_null() {
            write["ttl"] = ttl;
        }
        self.owner.put(&format!("{}/{record}", self.path), write).await
    }

    async fn ttls(&self) -> Vec<u64> {
        let all = self.owner.get(&self.path).await.ok();
        all["data"]
            .as_array()
            .expect("records")
            .iter()
            .filter_map(|record| record["ttl"].as_u64())
            .collect()
    }
}

#[tokio::test]
async fn records_of_one_name_and_type_share_a_ttl() {
    let world = world().await;
    let records = Records::of(&world).await;
    let first = id(&records.add("www", "A", "192.0.2.1", json!(3600)).await.status(201));
    let refused =
        records.add("www", "A", "192.0.2.2", json!(300)).await.is(422, "VALIDATION_FAILED");
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("ttl"), &json!("differs"))
    );
    records.add("www", "A", "192.0.2.2", json!(3600)).await.status(201);
    records.add("www", "AAAA", "2001:db8::1", json!(300)).await.status(201);
    records.add("other", "A", "192.0.2.1", json!(60)).await.status(201);
    // A record without a TTL gets that of the others, and changing it in one record changes it in
    // all.
    records.change(&first, "www", "A", "192.0.2.1", json!(600)).await.status(200);
    assert_eq!(records.add("www", "A", "192.0.2.3", Value::Null).await.status(201)["ttl"], 600);
    assert_eq!(records.ttls().await, [600, 600, 300, 60, 600]);
    let kept = records.change(&first, "www", "A", "192.0.2.4", Value::Null).await.status(200);
    assert_eq!(kept["ttl"], 600);
    // A record that moves to another set takes that set's TTL.
    records
        .change(&first, "other", "A", "192.0.2.4", json!(600))
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(
        records.change(&first, "other", "A", "192.0.2.4", Value::Null).await.status(200)["ttl"],
        60
    );
}

#[tokio::test]
async fn a_ttl_change_applies_to_a_record_added_concurrently() {
    let world = world().await;
    let records = Records::of(&world).await;
    let first = id(&records.add("www", "A", "192.0.2.1", json!(3600)).await.status(201));
    records.add("www", "A", "192.0.2.2", Value::Null).await.status(201);
    for (n, ttl) in [(3, 300), (4, 600), (5, 900)] {
        let (content, joining) = (format!("192.0.2.{n}"), Value::Null);
        let (changed, added) = tokio::join!(
            records.change(&first, "www", "A", "192.0.2.1", json!(ttl)),
            records.add("www", "A", &content, joining)
        );
        assert!(
            changed.status.is_success() && added.status.is_success(),
            "{} {}",
            changed.text(),
            added.text()
        );
        let ttls = records.ttls().await;
        assert!(ttls.iter().all(|other| *other == ttls[0]), "{ttls:?}");
    }
}

#[tokio::test]
async fn aliases_cannot_form_a_loop() {
    let world = world().await;
    let records = Records::of(&world).await;
    records.added("loop1", "CNAME", "loop2.apex.example").await;
    let refused = records
        .add("loop2", "CNAME", "loop1.apex.example", Value::Null)
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("content"), &json!("loop"))
    );
    records.added("loop2", "CNAME", "loop3.apex.example").await;
    let third = records.added("loop3", "A", "192.0.2.1").await;
    records
        .change(&third, "loop3", "CNAME", "loop1.apex.example", Value::Null)
        .await
        .is(422, "VALIDATION_FAILED");
    records
        .add("*.wild", "CNAME", "nothing.wild.apex.example", Value::Null)
        .await
        .is(422, "VALIDATION_FAILED");
    records.added("*.wild", "CNAME", "www.example.org").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_changes_cannot_form_an_alias_loop() {
    let world = world().await;
    let records = Records::of(&world).await;
    for n in 0..6 {
        let (a, b) = (format!("a{n}"), format!("b{n}"));
        let (to_a, to_b) = (format!("{a}.apex.example"), format!("{b}.apex.example"));
        let (one, other) = tokio::join!(
            records.add(&a, "CNAME", &to_b, Value::Null),
            records.add(&b, "CNAME", &to_a, Value::Null)
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", one.text(), other.text());
    }
}

#[tokio::test]
async fn a_name_has_one_spf_policy() {
    let world = world().await;
    let records = Records::of(&world).await;
    let policy = records.added("@", "TXT", "v=spf1 include:_spf.example.org -all").await;
    for second in ["v=spf1 -all", "\"V=SPF1\" \" -all\"", "v=spf1"] {
        assert_eq!(
            records.add("@", "TXT", second, Value::Null).await.is(409, "INVALID_ACTION")["id"],
            json!(policy)
        );
    }
    let text = records.added("@", "TXT", "v=spf10 is something else").await;
    records.change(&text, "@", "TXT", "v=spf1 ~all", Value::Null).await.is(409, "INVALID_ACTION");
    records.change(&policy, "@", "TXT", "v=spf1 ~all", Value::Null).await.status(200);
    records.added("mail", "TXT", "v=spf1 -all").await;
}

#[tokio::test]
async fn targets_of_other_records_cannot_be_aliases() {
    let world = world().await;
    let records = Records::of(&world).await;
    records.added("alias", "CNAME", "www.example.org").await;
    for (name, kind, content) in [
        ("@", "MX", "10 alias.apex.example."),
        ("_a._tcp", "SRV", "0 0 1 alias.apex.example"),
        ("child", "NS", "alias.apex.example"),
    ] {
        let refused =
            records.add(name, kind, content, Value::Null).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["code"], "alias", "{kind}");
    }
    // The reverse: an existing target cannot become an alias.
    let mail = records.added("@", "MX", "10 mail.apex.example").await;
    let before = everything(&world).await;
    let refused = records
        .add("mail", "CNAME", "www.example.org", Value::Null)
        .await
        .is(409, "INVALID_ACTION");
    assert_eq!(refused["id"], json!(mail));
    assert_eq!(everything(&world).await, before, "nothing changed");
    records.added("mail", "A", "192.0.2.1").await;
}

#[tokio::test]
async fn a_name_server_within_the_zone_keeps_an_address() {
    let world = world().await;
    let records = Records::of(&world).await;
    let refused =
        records.add("@", "NS", "ns.apex.example", Value::Null).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["code"], "no_address");
    let address = records.added("ns", "A", "192.0.2.1").await;
    let server = records.added("@", "NS", "ns.apex.example").await;
    let at = format!("{}/{address}", records.path);
    assert_eq!(records.owner.delete(&at).await.is(409, "INVALID_ACTION")["id"], json!(server));
    records
        .change(&address, "elsewhere", "A", "192.0.2.1", Value::Null)
        .await
        .is(409, "INVALID_ACTION");
    records.added("ns", "AAAA", "2001:db8::1").await;
    records.owner.delete(&at).await.status(204);
}

#[tokio::test]
async fn a_zone_can_be_downloaded_as_a_zone_file() {
    let world = world().await;
    let records = Records::of(&world).await;
    records.added("@", "MX", "10 mail.example.org").await;
    records.added("_dmarc", "TXT", "v=DMARC1; p=none").await;
    let zone = records.path.trim_end_matches("/records");
    let reply = records.owner.get(&format!("{zone}/zone-file")).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/dns".to_owned()));
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"apex.example.zone\"");
    let text = reply.text();
    for line in [
        "apex.example. 3600 IN SOA ns.invalid. hostmaster.apex.example. 3 7200 900 1209600 300",
        "apex.example. 3600 IN NS ns.invalid.",
        "apex.example. 3600 IN MX 10 mail.example.org.",
        "_dmarc.apex.example. 3600 IN TXT \"v=DMARC1; p=none\"",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in {text}");
    }
}
