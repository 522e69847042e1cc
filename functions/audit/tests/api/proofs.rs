//! Proofs over HTTP: every entry has one an hour after it was written, and it holds offline, also
//! after an erasure; what a caller may not see is left out.

use provost_domain::{BuiltInRole, Permission, time::HOUR};
use provost_merkle::{
    Hash,
    checkpoint::{Checkpoint, LogKey},
    leaf_hash, verify_consistency, verify_inclusion,
};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use crate::{LOGS, erased::forget, world_with_scheduler};

const CHECKPOINT: &str = "/api/admin/audit/checkpoint";

/// Bans and unbans a user: two entries.
async fn change(world: &World, staff: &Someone<'_>, user: &Someone<'_>) {
    let path = format!("/api/admin/users/{}/ban", user.id);
    staff.post(&path, json!({ "type": "permanent", "reason": "sells spam" })).await.ok();
    world.advance(1);
    staff.delete(&path).await.ok();
    world.advance(1);
}

async fn ids(staff: &Someone<'_>) -> Vec<String> {
    let page = staff.get(&format!("{LOGS}?limit=200")).await.ok();
    let rows = page["data"].as_array().expect("rows");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn keys(state: &Value) -> Vec<LogKey> {
    let keys = state["keys"].as_array().expect("keys");
    keys.iter().map(|key| key.as_str().expect("a key").parse().expect("a key")).collect()
}

fn hashes(list: &Value) -> Vec<Hash> {
    let list = list.as_array().expect("hashes");
    list.iter().map(|hash| hash.as_str().expect("a hash").parse().expect("a hash")).collect()
}

fn checkpoint(answer: &Value, keys: &[LogKey]) -> Checkpoint {
    let note = answer["checkpoint"].as_str().expect("a checkpoint");
    Checkpoint::verified(note, keys).expect("it is signed")
}

/// Verifies a proof as somebody does who only has the key.
fn holds(proof: &Value, keys: &[LogKey]) {
    let checkpoint = checkpoint(proof, keys);
    let leaf: Hash = proof["leafHash"].as_str().expect("a hash").parse().expect("a hash");
    let index = proof["leafIndex"].as_u64().expect("a number");
    verify_inclusion(leaf, index, checkpoint.size, checkpoint.root, &hashes(&proof["hashes"]))
        .expect("the proof holds");
    if let Some(text) = proof["leaf"].as_str() {
        assert_eq!(leaf_hash(text.as_bytes()), leaf);
        let data: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(data["entry"]["id"], proof["id"]);
    }
}

#[tokio::test]
async fn every_entry_has_a_proof_an_hour_after_it_was_written() {
    let world = world_with_scheduler().await;
    let (mut joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    change(&world, &joan, &ada).await;
    let first = ids(&joan).await;
    world.pass(HOUR - 60_000).await;
    joan.renew().await;
    joan.get(CHECKPOINT).await.is(404, "NOT_FOUND");
    joan.get(&format!("{LOGS}/{}/proof", first[0])).await.is(404, "NOT_FOUND");
    world.pass(10 * 60_000).await;
    joan.renew().await;
    let before = joan.get(CHECKPOINT).await.ok();
    let keys = keys(&before);
    assert_eq!((&before["treeSize"], keys.len()), (&json!(2), 1));
    for id in &first {
        holds(&joan.get(&format!("{LOGS}/{id}/proof")).await.ok(), &keys);
    }

    for _ in 0..5 {
        change(&world, &joan, &ada).await;
    }
    world.pass(2 * HOUR).await;
    joan.renew().await;
    for id in ids(&joan).await {
        let proof = joan.get(&format!("{LOGS}/{id}/proof")).await.ok();
        assert_eq!(proof["treeSize"], 12);
        holds(&proof, &keys);
    }
    let after = joan.get(&format!("{CHECKPOINT}?from=2")).await.ok();
    let (earlier, later) = (checkpoint(&before, &keys), checkpoint(&after, &keys));
    assert_eq!(after["rootHash"], later.root.to_string());
    verify_consistency(
        (earlier.size, earlier.root),
        (later.size, later.root),
        &hashes(&after["consistency"]["hashes"]),
    )
    .expect("the log continues");
}

#[tokio::test]
async fn a_proof_survives_the_erasure_of_everybody_in_the_entry() {
    let world = world_with_scheduler().await;
    let (mut joan, grace, ada) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    change(&world, &grace, &ada).await;
    world.pass(2 * HOUR).await;
    joan.renew().await;
    let id = ids(&joan).await[0].clone();
    let before = joan.get(&format!("{LOGS}/{id}/proof")).await.ok();
    forget(&world, ada.id).await;
    forget(&world, grace.id).await;
    let after = joan.get(&format!("{LOGS}/{id}/proof")).await.ok();
    assert_eq!(after, before);
    holds(&after, &keys(&joan.get(CHECKPOINT).await.ok()));
    let text = after["leaf"].as_str().expect("the leaf");
    for personal in [ada.id.to_string(), grace.id.to_string(), "spam".into(), "127.0.0.1".into()] {
        assert!(!text.contains(&personal), "{personal} in {text}");
    }
}

#[tokio::test]
async fn entries_of_several_partitions_are_leaves_in_the_order_of_time() {
    let world = world_with_scheduler().await;
    let (mut joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    change(&world, &joan, &ada).await;
    world.interceptor.throttle("MONTH#2026-11");
    for _ in 0..10 {
        change(&world, &joan, &ada).await;
    }
    world.interceptor.reset();
    world.pass(2 * HOUR).await;
    joan.renew().await;
    let keys = keys(&joan.get(CHECKPOINT).await.ok());
    for (index, id) in ids(&joan).await.iter().rev().enumerate() {
        let proof = joan.get(&format!("{LOGS}/{id}/proof")).await.ok();
        assert_eq!((&proof["leafIndex"], &proof["treeSize"]), (&json!(index), &json!(22)));
        holds(&proof, &keys);
    }
}

#[tokio::test]
async fn a_proof_shows_addresses_of_others_only_to_those_who_may_see_them() {
    let world = world_with_scheduler().await;
    let mut joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let mut auditor = world.staff("alan", BuiltInRole::Staff).await;
    world.edit(auditor.id, |user| user.grants.extend([Permission::AuditRead])).await;
    // A request without an account is an entry with an address in plain text.
    let entry = provost_domain::audit::Entry {
        id: world.app.id(provost_domain::AuditId::new),
        at: world.app.now(),
        actor: provost_domain::audit::Actor::Anonymous,
        action: "user.login_failed",
        resource: provost_domain::audit::Resource::Other { kind: "login", id: "x".to_owned() },
        success: false,
        reason: None,
        changes: Default::default(),
        origin: provost_domain::audit::Origin {
            ip: Some("192.0.2.7".to_owned()),
            user_agent: None,
            request_id: world.app.request_id(),
            route: "POST /api/auth/login".to_owned(),
            api_key: false,
        },
    };
    let id = entry.id;
    world.app.store().audit(entry).await.expect("the entry is written");
    world.pass(2 * HOUR).await;
    joan.renew().await;
    auditor.renew().await;
    let keys = keys(&auditor.get(CHECKPOINT).await.ok());
    let path = format!("{LOGS}/{id}/proof");
    let (all, part) = (joan.get(&path).await.ok(), auditor.get(&path).await.ok());
    assert!(all["leaf"].as_str().expect("the leaf").contains("192.0.2.7"));
    assert_eq!((&part["leaf"], &part["redacted"]), (&Value::Null, &json!(["leaf"])));
    assert_eq!(part["leafHash"], all["leafHash"]);
    holds(&part, &keys);
    holds(&all, &keys);
}

#[tokio::test]
async fn the_reported_user_does_not_see_who_reported_them() {
    let world = world_with_scheduler().await;
    let mut joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (ada, mut alan) =
        (world.person("ada").await, world.staff("alan", BuiltInRole::RootAdmin).await);
    let subject = |user: provost_domain::User| user.subject();
    let reporter = subject(world.user(ada.id).await.expect("ada"));
    let reported = subject(world.user(alan.id).await.expect("alan"));
    let pseudonym = reporter.pseudonym.to_string();
    let entry = provost_domain::audit::Entry {
        id: world.app.id(provost_domain::AuditId::new),
        at: world.app.now(),
        actor: provost_domain::audit::Actor::User(reporter),
        action: provost_domain::audit::REPORT_FILED,
        resource: provost_domain::audit::Resource::User(reported),
        success: true,
        reason: None,
        changes: Default::default(),
        origin: provost_domain::audit::Origin {
            ip: None,
            user_agent: None,
            request_id: world.app.request_id(),
            route: "POST /api/reports".to_owned(),
            api_key: false,
        },
    };
    let path = format!("{LOGS}/{}/proof", entry.id);
    world.app.store().audit(entry).await.expect("the entry is written");
    world.pass(2 * HOUR).await;
    joan.renew().await;
    alan.renew().await;
    assert!(joan.get(&path).await.ok().to_string().contains(&pseudonym));
    let seen = alan.get(&path).await.ok();
    assert_eq!(seen["redacted"], json!(["leaf"]));
    assert!(!seen.to_string().contains(&pseudonym));
}

#[tokio::test]
async fn proofs_are_for_staff_who_read_the_log_and_wrong_input_is_named() {
    let world = world_with_scheduler().await;
    let (mut joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    change(&world, &joan, &ada).await;
    world.pass(2 * HOUR).await;
    joan.renew().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let ada = world.person("ben").await;
    let id = ids(&joan).await[0].clone();
    for path in [format!("{LOGS}/{id}/proof"), CHECKPOINT.to_owned()] {
        world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
        ada.get(&path).await.is(403, "ADMIN_REQUIRED");
        sam.get(&path).await.is(403, "PERMISSION_DENIED");
        joan.get(&format!("{path}?x=1")).await.is(400, "UNKNOWN_PARAMETER");
    }
    for id in ["x", "aud_01M7WV8PR8PJJPP1PD6824CYEJ"] {
        joan.get(&format!("{LOGS}/{id}/proof")).await.is(404, "NOT_FOUND");
    }
    for from in ["0", "3", "18446744073709551615"] {
        joan.get(&format!("{CHECKPOINT}?from={from}")).await.is(422, "VALIDATION_FAILED");
    }
    let same = joan.get(&format!("{CHECKPOINT}?from=2")).await.ok();
    assert_eq!(same["consistency"], json!({ "from": 2, "hashes": [] }));
}
