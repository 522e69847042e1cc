//! Fraud alerts: permissions, what a scan raises, and the life cycle of an alert.

use provost_domain::{
    BuiltInRole, Status, User, UserId,
    api_key::ApiKey,
    fraud::{Rule, RuleSet},
    session::SignIn,
    time::HOUR,
    user::{Suspension, SuspensionKind},
};
use provost_testkit::World;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn an_ordinary_account_raises_no_alert() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = world.person("ada").await;
    let scanned = grace.post(&scan_of(ada.id), json!({})).await.ok();
    assert_eq!((&scanned["outcome"], &scanned["score"]), (&json!("clear"), &json!(0)));
    assert!(scanned.get("alert").is_none());
    assert_eq!(grace.get(ALERTS).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_scan_raises_one_alert_and_a_second_scan_leaves_it_unchanged() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (user, alert) = alert(&world, &grace, "mallory").await;
    assert_eq!(alert["status"], "open");
    assert_eq!(alert["score"], 60);
    assert_eq!(alert["ruleSet"], 1);
    assert_eq!(alert["sourceIp"], "127.0.0.1");
    assert_eq!(alert["signals"][0]["rule"], "disposable_email");
    assert_eq!(alert["signals"][0]["evidence"]["domain"], "mailinator.com");
    let again = grace.post(&scan_of(user), json!({})).await.ok();
    assert_eq!((&again["outcome"], &again["alert"]), (&json!("unchanged"), &alert));
    let list = grace.get(ALERTS).await.ok();
    assert_eq!((&list["pagination"]["total"], &list["data"][0]), (&json!(1), &alert));
    assert_eq!(grace.get(&path(&alert)).await.ok(), alert);
}

#[tokio::test]
async fn concurrent_scans_raise_one_alert() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mallory = suspect(&world, "mallory").await;
    let scan = || async { grace.post(&scan_of(mallory.id), json!({})).await.status.as_u16() };
    let (a, b, c) = tokio::join!(scan(), scan(), scan());
    assert!([a, b, c].iter().all(|status| matches!(status, 200 | 409)), "{a} {b} {c}");
    assert_eq!(grace.get(ALERTS).await.ok()["pagination"]["total"], 1);
}

#[tokio::test]
async fn a_rescan_updates_the_alert() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (user, alert) = alert(&world, &grace, "mallory").await;
    let now = world.app.now();
    let mut tx = world.app.transaction();
    for n in 0..5 {
        let id = world.app.id(provost_domain::ApiKeyId::new);
        tx.add_api_key(
            user,
            &ApiKey {
                id,
                name: format!("key {n}"),
                prefix: "prv_abcd".into(),
                scopes: None,
                self_read: false,
                created_at: now,
                expires_at: None,
            },
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
    let again = grace.post(&scan_of(user), json!({})).await.ok();
    assert_eq!(
        (&again["outcome"], &again["alert"]["id"], &again["alert"]["score"]),
        (&json!("updated"), &alert["id"], &json!(85))
    );
    assert_eq!(again["alert"]["history"][1]["kind"], "rescanned");
    assert_eq!(grace.get(&format!("{ALERTS}?rule=key_burst")).await.ok()["pagination"]["total"], 1);
}

#[tokio::test]
async fn accounts_with_shared_properties_are_linked() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut people = Vec::new();
    for n in 0..5 {
        let person = world.person(&format!("person{n}")).await;
        world
            .edit(person.id, |record| {
                record.email = format!("shared+{n}@example.org").parse().unwrap()
            })
            .await;
        people.push(person.id);
    }
    let mut outcomes = Vec::new();
    for user in people {
        outcomes.push(grace.post(&scan_of(user), json!({})).await.ok());
    }
    let first = &outcomes[0]["signals"];
    assert_eq!(
        (
            &first[0]["rule"],
            &first[0]["evidence"]["sameMailbox"],
            &first[0]["evidence"]["similarAddress"]
        ),
        (&json!("near_duplicate"), &json!(0), &json!(4)),
        "the other accounts have no sightings yet"
    );
    let last: Vec<&str> = outcomes[4]["signals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|signal| signal["rule"].as_str().unwrap())
        .collect();
    assert_eq!(last, ["shared_address", "shared_device", "near_duplicate"]);
    assert_eq!(outcomes[4]["signals"][0]["evidence"]["accounts"], 5);
}

#[tokio::test]
async fn consecutive_phone_numbers_are_near_duplicates() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut people = Vec::new();
    for (n, name) in ["ada", "bob", "cyd", "dan"].into_iter().enumerate() {
        let person = world.person(name).await.id;
        world
            .edit(person, |record| {
                record.phone = Some(format!("+4420794600{n:02}").parse().unwrap())
            })
            .await;
        people.push(person);
    }
    let found = async |user| {
        let scanned = grace.post(&scan_of(user), json!({})).await.ok();
        let evidence = scanned["signals"]
            .as_array()
            .unwrap()
            .iter()
            .find(|signal| signal["rule"] == "near_duplicate")
            .cloned();
        evidence.map(|signal| signal["evidence"]["similarPhone"].clone())
    };
    for user in &people[..3] {
        assert_eq!(found(*user).await, None, "two or three may be colleagues");
    }
    assert_eq!(found(people[3]).await, Some(json!(3)));
    world.edit(people[0], |record| record.phone = None).await;
    assert_eq!(found(people[3]).await, None, "ada no longer has that number");
}

#[tokio::test]
async fn the_name_of_a_banned_user_is_a_signal() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (one, two) = (world.person("eve").await, world.person("eva").await);
    world.edit(two.id, |user| user.first_name = "eve".into()).await;
    world
        .edit(one.id, |user| {
            user.status = Status::Suspended;
            user.suspension = Some(Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam".into(),
                by: user.pseudonym,
                at: user.created_at,
                expires_at: None,
                before: Status::Active,
            });
        })
        .await;
    let scanned = grace.post(&scan_of(two.id), json!({})).await.ok();
    assert_eq!(scanned["signals"][0]["rule"], "banned_namesake");
    assert_eq!(scanned["outcome"], "clear", "one signal is not enough for an alert");
}

#[tokio::test]
async fn a_dry_run_reports_the_outcome_and_writes_nothing() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (mallory, ada) = (suspect(&world, "mallory").await, world.person("ada").await);
    assert_eq!(
        grace.post(&scan_of(mallory.id), json!({"dryRun": true})).await.ok()["outcome"],
        "raised"
    );
    let strict = json!({"disposableDomains": ["user.example"], "raiseAt": 10});
    assert_eq!(
        grace.post(&scan_of(ada.id), json!({"dryRun": true, "rules": strict})).await.ok()["outcome"],
        "raised"
    );
    grace.post(&scan_of(ada.id), json!({"rules": strict})).await.is(422, "VALIDATION_FAILED");
    grace
        .post(&scan_of(ada.id), json!({"dryRun": true, "rules": {"raiseAt": 0}}))
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(grace.get(ALERTS).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn an_alert_changes_status_is_assigned_and_gets_a_note() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (user, alert) = alert(&world, &grace, "mallory").await;
    let moved =
        grace.patch(&path(&alert), json!({"status": "investigating", "assignedTo": "me", "note": "Looks like last week's."})).await.ok();
    assert_eq!(
        (&moved["status"], &moved["assignedTo"], &moved["version"]),
        (&json!("investigating"), &json!(grace.id), &json!(2))
    );
    assert_eq!(moved["history"][2]["note"], "Looks like last week's.");
    assert_eq!(moved["history"][2]["by"], json!(grace.id));
    assert_eq!(
        grace.get(&format!("{ALERTS}?assignedTo=me&status=investigating&userId={user}")).await.ok()
            ["pagination"]["total"],
        1
    );
    assert_eq!(grace.get(&format!("{ALERTS}?assignedTo=me")).await.ok()["pagination"]["total"], 1);
    assert_eq!(grace.get(&format!("{ALERTS}?status=open")).await.ok()["pagination"]["total"], 0);
    grace
        .with_header("if-match", "\"1\"")
        .patch(&path(&alert), json!({"status": "confirmed"}))
        .await
        .is(412, "STALE_VERSION");
    let confirmed = grace
        .patch(
            &path(&alert),
            json!({"status": "confirmed", "assignedTo": null, "reason": "It is fraud."}),
        )
        .await
        .ok();
    assert!(confirmed.get("assignedTo").is_none() && confirmed["closedAt"].is_string());
    let refused =
        grace.patch(&path(&alert), json!({"status": "open"})).await.is(409, "INVALID_ACTION");
    assert_eq!(refused["allowed"], json!([]));
}

#[tokio::test]
async fn a_dismissed_alert_is_not_raised_again_without_new_signals() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (user, alert) = alert(&world, &grace, "mallory").await;
    grace.patch(&path(&alert), json!({"status": "dismissed"})).await.ok();
    assert_eq!(grace.post(&scan_of(user), json!({})).await.ok()["outcome"], "decided");
    let now = world.app.now();
    let mut tx = world.app.transaction();
    for n in 0..5 {
        let id = world.app.id(provost_domain::ApiKeyId::new);
        tx.add_api_key(
            user,
            &ApiKey {
                id,
                name: format!("key {n}"),
                prefix: "prv_abcd".into(),
                scopes: None,
                self_read: false,
                created_at: now,
                expires_at: None,
            },
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(grace.post(&scan_of(user), json!({})).await.ok()["outcome"], "raised");
    assert_eq!(grace.get(ALERTS).await.ok()["pagination"]["total"], 2);
}

/// Adds five API keys within the same minute.
async fn add_key_burst(world: &World, user: UserId) {
    let mut tx = world.app.transaction();
    for n in 0..5 {
        let id = world.app.id(provost_domain::ApiKeyId::new);
        let created_at = world.app.now();
        tx.add_api_key(
            user,
            &ApiKey {
                id,
                name: format!("key {n}"),
                prefix: "prv_abcd".into(),
                scopes: None,
                self_read: false,
                created_at,
                expires_at: None,
            },
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_new_event_after_a_dismissal_raises_an_alert_for_the_same_rule() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = world.person("ada").await.id;
    let rules = let_count(&world, RuleSet { raise_at: 20, ..only(Rule::KeyBurst) }).await;
    add_key_burst(&world, ada).await;
    let first = grace.post(&scan_of(ada), json!({})).await.ok();
    assert_eq!((&first["outcome"], &first["ruleSet"]), (&json!("raised"), &json!(rules.version)));
    world.advance(2 * HOUR);
    grace.renew().await;
    add_key_burst(&world, ada).await;
    let second = grace.post(&scan_of(ada), json!({})).await.ok();
    assert_eq!(
        (&second["outcome"], &second["alert"]["id"]),
        (&json!("updated"), &first["alert"]["id"]),
        "an open alert shows the latest evidence"
    );
    assert_ne!(second["signals"][0]["evidence"]["at"], first["signals"][0]["evidence"]["at"]);
    grace.patch(&path(&first["alert"]), json!({"status": "dismissed"})).await.ok();
    assert_eq!(
        grace.post(&scan_of(ada), json!({})).await.ok()["outcome"],
        "decided",
        "nothing happened since"
    );
    world.advance(2 * HOUR);
    grace.renew().await;
    add_key_burst(&world, ada).await;
    assert_eq!(grace.post(&scan_of(ada), json!({})).await.ok()["outcome"], "raised");
}

#[tokio::test]
async fn a_former_address_of_another_user_makes_no_duplicate() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await.id, world.person("bob").await.id);
    let found = async |user| {
        let scanned = grace.post(&scan_of(user), json!({})).await.ok();
        scanned["signals"]
            .as_array()
            .unwrap()
            .iter()
            .find(|signal| signal["rule"] == "near_duplicate")
            .cloned()
    };
    world.edit(ada, |record| record.email = "info@shop.example".parse().unwrap()).await;
    assert_eq!(found(ada).await, None);
    world.edit(bob, |record| record.email = "info+bob@shop.example".parse().unwrap()).await;
    assert_eq!(found(bob).await.expect("both addresses are in use")["evidence"]["sameMailbox"], 1);
    world.edit(ada, |record| record.email = "ada@elsewhere.example".parse().unwrap()).await;
    assert_eq!(found(bob).await, None, "ada no longer uses the address");
}

#[tokio::test]
async fn a_banned_name_is_matched_behind_a_display_name() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (one, two) = (world.person("eve").await.id, world.person("eva").await.id);
    let named = |user: &mut User, shown: &str| {
        (user.first_name, user.last_name) = ("Eve".into(), "Mallory".into());
        user.display_name = Some(shown.into());
    };
    let is_namesake = async || {
        let signals = grace.post(&scan_of(two), json!({})).await.ok()["signals"].clone();
        signals.as_array().unwrap().iter().any(|signal| signal["rule"] == "banned_namesake")
    };
    world.edit(two, |user| named(user, "Sunny Days")).await;
    assert!(!is_namesake().await);
    world
        .edit(one, |user| {
            named(user, "Rainy Days");
            user.status = Status::Suspended;
            user.suspension = Some(Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam".into(),
                by: user.pseudonym,
                at: user.created_at,
                expires_at: None,
                before: Status::Active,
            });
        })
        .await;
    assert!(is_namesake().await);
    let kept = world.app.store().operations_of(one).await.unwrap();
    assert!(
        kept.iter().any(|key| key.pk.starts_with("NAMESAKE#")),
        "an erasure finds the banned name"
    );
    world.edit(one, |user| (user.status, user.suspension) = (Status::Active, None)).await;
    assert!(!is_namesake().await, "the ban is lifted");
}

#[tokio::test]
async fn a_scan_reads_only_the_recent_part_of_a_long_history() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = world.person("ada").await.id;
    let scan = async || {
        world.interceptor.reset();
        grace.post(&scan_of(ada), json!({"dryRun": true})).await.ok();
        world.interceptor.spent().reads
    };
    let sign_in =
        world.app.store().latest_sign_ins(ada, 1, world.app.now()).await.unwrap().remove(0);
    let more = async || {
        for _ in 0..4 {
            let mut tx = world.app.transaction();
            for _ in 0..60 {
                let id = world.app.id(provost_domain::SessionId::new);
                tx.add_sign_in(ada, &SignIn { id, ..sign_in.clone() }).unwrap();
            }
            tx.commit().await.unwrap();
        }
    };
    more().await;
    let (before, ()) = (scan().await, more().await);
    more().await;
    assert!((scan().await - before).abs() < 1.0, "480 more sign-ins cost nothing more");
}

#[tokio::test]
async fn callers_without_permission_are_refused_and_nothing_changes() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (user, alert) = alert(&world, &grace, "mallory").await;
    let (reader, bob) =
        (world.staff("reader", BuiltInRole::Staff).await, world.person("bob").await);
    for (path, body) in [(scan_of(user), json!({})), (scan_of(user), json!("broken"))] {
        world.anyone().post(&path, body.clone()).await.is(401, "UNAUTHENTICATED");
        bob.post(&path, body.clone()).await.is(403, "ADMIN_REQUIRED");
        reader.post(&path, body).await.is(403, "PERMISSION_DENIED");
    }
    for path in [ALERTS.to_owned(), path(&alert)] {
        world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
        bob.get(&path).await.is(403, "ADMIN_REQUIRED");
        reader.get(&path).await.ok();
    }
    world
        .anyone()
        .patch(&path(&alert), json!({"status": "dismissed"}))
        .await
        .is(401, "UNAUTHENTICATED");
    reader.patch(&path(&alert), json!({"status": "dismissed"})).await.is(403, "PERMISSION_DENIED");
    assert_eq!(grace.get(&path(&alert)).await.ok(), alert);
}

#[tokio::test]
async fn invalid_requests_are_rejected_by_name() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (_, alert) = alert(&world, &grace, "mallory").await;
    let bob = world.person("bob").await;
    grace.patch(&path(&alert), json!({})).await.is(422, "VALIDATION_FAILED");
    grace.patch(&path(&alert), json!({"status": "closed"})).await.is(422, "VALIDATION_FAILED");
    grace.patch(&path(&alert), json!({"status": "open"})).await.is(409, "INVALID_ACTION");
    grace.patch(&path(&alert), json!({"assignedTo": bob.id})).await.is(422, "VALIDATION_FAILED");
    grace.patch(&path(&alert), json!({"assignedTo": "nobody"})).await.is(422, "VALIDATION_FAILED");
    grace
        .patch(&format!("{ALERTS}/alr_01KA9Q00000000000000000003"), json!({"status": "dismissed"}))
        .await
        .is(404, "NOT_FOUND");
    grace.get(&format!("{ALERTS}/{}", bob.id)).await.is(404, "NOT_FOUND");
    grace.post("/api/admin/fraud-scan/nobody", json!({})).await.is(404, "INVALID_USER_ID");
    grace.get(&format!("{ALERTS}?state=open")).await.is(400, "UNKNOWN_PARAMETER");
    grace.get(&format!("{ALERTS}?status=closed")).await.is(422, "VALIDATION_FAILED");
    assert_eq!(grace.get(&path(&alert)).await.ok(), alert);
}

#[tokio::test]
async fn an_erasure_leaves_no_alert_and_no_sighting() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    // The user must own the claim on the address, so the rules include the address's domain
    // instead.
    let mallory = world.person("mallory").await;
    let now = world.app.now();
    let mut tx = world.app.transaction();
    for n in 0..5 {
        let id = world.app.id(provost_domain::ApiKeyId::new);
        tx.add_api_key(
            mallory.id,
            &ApiKey {
                id,
                name: format!("key {n}"),
                prefix: "prv_abcd".into(),
                scopes: None,
                self_read: false,
                created_at: now,
                expires_at: None,
            },
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
    let (one, two) = (world.person("mallory1").await, world.person("mallory2").await);
    for user in [one.id, two.id] {
        root.post(&scan_of(user), json!({})).await.ok();
    }
    let scanned = root.post(&scan_of(mallory.id), json!({})).await.ok();
    assert_eq!(scanned["outcome"], "raised", "{scanned}");
    root.delete_with(
        &format!("/api/admin/users/{}", mallory.id),
        json!({"confirmDelete": true, "reason": "fraud"}),
    )
    .await
    .ok();
    world.settle().await;
    assert!(world.user(mallory.id).await.is_none());
    assert!(world.app.store().operations_of(mallory.id).await.unwrap().is_empty());
    assert_eq!(root.get(ALERTS).await.ok()["pagination"]["total"], 0);
    root.post(&scan_of(mallory.id), json!({})).await.is(404, "INVALID_USER_ID");
}
