//! `provost replay-erasures`: a restore brings no erased account back, and loses no deletion
//! request and no legal hold.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use provost::replay::{Report, replay};
use provost_app::App;
use provost_auth::Purpose;
use provost_domain::{
    BuiltInRole, DeletionId, Status, Timestamp, UserId,
    deletion::{DeletionRequest, DeletionState, Receipt},
    time::{DAY, MINUTE},
};
use provost_testkit::{KillPoint, Someone, World};
use serde_json::json;

/// The tables that one change may write to; they are restored together.
const TABLES: [(&str, &str); 3] = [
    ("TABLE_ACCOUNTS", "accounts"),
    ("TABLE_ORGANISATIONS", "organisations"),
    ("TABLE_OPERATIONS", "operations"),
];

async fn world() -> World {
    World::of(provost::functions).await
}

/// Copies of the three tables in their current state, as after a restore to this moment.
async fn backup(world: &World, name: &str) -> App {
    let dynamo = world.emulators.dynamodb();
    let mut names = Vec::new();
    for (variable, table) in TABLES {
        let (from, to) = (world.emulators.name(table), format!("{table}-{name}"));
        let described =
            dynamo.describe_table().table_name(&from).send().await.unwrap().table.unwrap();
        let mut create = dynamo
            .create_table()
            .table_name(&to)
            .billing_mode(aws_sdk_dynamodb::types::BillingMode::PayPerRequest)
            .set_key_schema(described.key_schema)
            .set_attribute_definitions(described.attribute_definitions);
        for index in described.global_secondary_indexes.unwrap_or_default() {
            let index = aws_sdk_dynamodb::types::GlobalSecondaryIndex::builder()
                .set_index_name(index.index_name)
                .set_key_schema(index.key_schema)
                .set_projection(index.projection)
                .build();
            create = create.global_secondary_indexes(index.unwrap());
        }
        create.send().await.unwrap();
        let mut items = dynamo.scan().table_name(&from).into_paginator().items().send();
        while let Some(item) = items.next().await {
            dynamo.put_item().table_name(&to).set_item(Some(item.unwrap())).send().await.unwrap();
        }
        names.push((variable, to));
    }
    world.app_with(names).await
}

/// Erases a user by a purge and returns the completed request.
async fn erase(world: &World, user: UserId) -> DeletionRequest {
    let root =
        world.staff(&format!("root-{}", world.app.now().millis()), BuiltInRole::RootAdmin).await;
    let purge = json!({ "confirmDelete": true, "reason": "Asked for in writing." });
    let asked = root.delete_with(&format!("/api/admin/users/{user}"), purge).await.status(202);
    let id: DeletionId = asked["id"].as_str().unwrap().parse().unwrap();
    world.settle().await;
    // A recently issued upload URL delays the receipt.
    world.pass(10 * MINUTE).await;
    world.settle().await;
    let request = current(&world.app, id).await;
    assert_eq!(request.state, DeletionState::Erased);
    request
}

async fn current(app: &App, id: DeletionId) -> DeletionRequest {
    app.store().deletion(id).await.unwrap().expect("the request exists")
}

/// Every item of the application's tables, except the audit log, by its key.
async fn everything(world: &World, app: &App) -> BTreeMap<String, HashMap<String, AttributeValue>> {
    let (dynamo, names, mut found) =
        (world.emulators.dynamodb(), app.store().names(), BTreeMap::new());
    for table in [&names.accounts, &names.organisations, &names.operations] {
        let mut items = dynamo.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.unwrap();
            found.insert(format!("{table} {:?} {:?}", item["pk"], item["sk"]), item);
        }
    }
    found
}

/// The data about a user that is left in the tables.
async fn left(world: &World, app: &App, words: &[&str]) -> Vec<String> {
    let mut all: Vec<_> = everything(world, app)
        .await
        .values()
        .map(|item| format!("{item:?}").to_lowercase())
        .collect();
    all.retain(|item| words.iter().any(|word| item.contains(&word.to_lowercase())));
    all
}

fn verified(app: &App, signed: &str) -> Receipt {
    app.verifier().verify(Purpose::Receipt, signed, app.now()).expect("the receipt verifies")
}

async fn ask_for_deletion(person: &Someone<'_>) -> DeletionId {
    person.post("/api/users/me/deletion-request", json!({})).await.status(202)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_erased_since_the_backup_are_erased_again_and_others_are_kept() {
    let world = world().await;
    let (ada, bob, eve) = (
        world.person("zwantje").await,
        world.person("bartolomeus").await,
        world.person("eve").await,
    );
    world.give_everything(ada.id).await;
    let before = erase(&world, bob.id).await;

    world.pass(MINUTE).await;
    let moment = world.app.now();
    let restored = backup(&world, "restored").await;
    world.pass(MINUTE).await;
    let erased = erase(&world, ada.id).await;
    assert!(
        !left(&world, &restored, &[&ada.id.to_string()]).await.is_empty(),
        "the backup brings ada back"
    );

    let report = replay(&world.app, &restored, moment).await.unwrap();
    assert_eq!(report, Report { erased: vec![erased.id], ..Report::default() });
    assert_eq!(
        left(&world, &restored, &[&ada.id.to_string(), "zwantje"]).await,
        Vec::<String>::new()
    );

    let again = current(&restored, erased.id).await;
    let (first, second) = (
        verified(&restored, &again.earlier_receipts[0]),
        verified(&restored, again.receipt.as_ref().unwrap()),
    );
    assert_eq!(
        Some(&again.earlier_receipts[0]),
        erased.receipt.as_ref(),
        "the first receipt is kept"
    );
    assert_eq!(
        (second.deletion_id, second.pseudonym, second.counts.get("account")),
        (first.deletion_id, first.pseudonym, Some(&1))
    );
    assert!(first.erased_at < second.erased_at);
    let untouched = current(&restored, before.id).await;
    assert_eq!((untouched.version, untouched.receipt), (before.version, before.receipt));
    assert!(restored.store().user(eve.id).await.unwrap().is_some(), "eve was never erased");

    let after = everything(&world, &restored).await;
    assert_eq!(
        replay(&world.app, &restored, moment).await.unwrap(),
        Report { gone: vec![erased.id], ..Report::default() }
    );
    assert_eq!(everything(&world, &restored).await, after, "a second replay changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_receipt_of_an_account_created_after_the_backup_is_kept() {
    let world = world().await;
    let moment = world.app.now();
    let restored = backup(&world, "restored").await;
    world.pass(MINUTE).await;
    let late = world.person("late").await;
    let erased = erase(&world, late.id).await;
    assert_eq!(
        replay(&world.app, &restored, moment).await.unwrap(),
        Report { gone: vec![erased.id], ..Report::default() }
    );
    assert_eq!(current(&restored, erased.id).await.receipt, erased.receipt);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_legal_hold_in_the_backup_delays_the_erasure_until_it_is_released() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    root.post(
        &format!("/api/admin/users/{}/hold", ada.id),
        json!({ "reason": "A court asked for it." }),
    )
    .await
    .ok();
    let moment = world.app.now();
    let restored = backup(&world, "restored").await;
    world.pass(MINUTE).await;
    root.delete_with(
        &format!("/api/admin/users/{}/hold", ada.id),
        json!({ "reason": "The court is done." }),
    )
    .await
    .ok();
    let erased = erase(&world, ada.id).await;

    let held = Report { held: vec![erased.id], ..Report::default() };
    assert_eq!(replay(&world.app, &restored, moment).await.unwrap(), held);
    let user = restored.store().user(ada.id).await.unwrap().expect("a held account is kept");
    assert_eq!(
        (user.status, user.hold.is_some()),
        (Status::Deleted, true),
        "the held account is closed"
    );
    assert_eq!(replay(&world.app, &restored, moment).await.unwrap(), held);

    let waiting = current(&restored, erased.id).await;
    let mut tx = restored.transaction();
    tx.save_deletion(&waiting.clone().lift_hold().unwrap(), waiting.version, restored.now())
        .unwrap();
    tx.save_user(&provost_domain::User { hold: None, ..user }).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        replay(&world.app, &restored, moment).await.unwrap(),
        Report { erased: vec![erased.id], ..Report::default() }
    );
    assert!(restored.store().user(ada.id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_open_requests_and_holds_since_the_backup_are_carried_over() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (held, cancelled, new) =
        (world.person("held").await, world.person("cancelled").await, world.person("new").await);
    let (held_id, cancelled_id) =
        (ask_for_deletion(&held).await, ask_for_deletion(&cancelled).await);
    let moment = world.app.now();
    let restored = backup(&world, "restored").await;
    world.pass(MINUTE).await;
    root.post(
        &format!("/api/admin/deletions/{held_id}/hold"),
        json!({ "reason": "A court asked for it." }),
    )
    .await
    .ok();
    root.post(
        &format!("/api/admin/deletions/{cancelled_id}/cancel"),
        json!({ "reason": "They stay." }),
    )
    .await
    .ok();
    let new_id = ask_for_deletion(&new).await;

    let report = replay(&world.app, &restored, moment).await.unwrap();
    let mut carried = report.carried_over.clone();
    carried.sort();
    let mut expected = vec![held_id, cancelled_id, new_id];
    expected.sort();
    assert_eq!((carried, report.left.len(), report.erased.len()), (expected, 0, 0));
    for (id, person, state, status) in [
        (held_id, &held, DeletionState::Held, Status::Deleted),
        (cancelled_id, &cancelled, DeletionState::Cancelled, Status::Active),
        (new_id, &new, DeletionState::Scheduled, Status::Deleted),
    ] {
        let user = restored.store().user(person.id).await.unwrap().unwrap();
        assert_eq!(
            (current(&restored, id).await.state, user.status),
            (state, status),
            "{}",
            person.email
        );
        assert_eq!(user.hold.is_some(), state == DeletionState::Held);
    }
    let after = everything(&world, &restored).await;
    assert_eq!(replay(&world.app, &restored, moment).await.unwrap(), Report::default());
    assert_eq!(everything(&world, &restored).await, after, "a second replay changes nothing");
    world.pass(DAY).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_this_deployment_did_not_sign_erases_nobody() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let moment = world.app.now();
    let restored = backup(&world, "restored").await;
    world.pass(MINUTE).await;
    let erased = erase(&world, ada.id).await;
    let others = world.user(bob.id).await.unwrap().pseudonym;
    let forged =
        DeletionRequest { pseudonym: others, version: erased.version + 1, ..erased.clone() };
    let mut tx = world.app.transaction();
    tx.save_deletion(&forged, erased.version, world.app.now()).unwrap();
    tx.commit().await.unwrap();
    let said = replay(&world.app, &restored, moment).await.unwrap_err().to_string();
    assert!(said.contains("does not verify"), "{said}");
    assert!(restored.store().user(bob.id).await.unwrap().is_some());
}

/// A user who was erased after a separate backup.
async fn erased_since(world: &World, number: usize) -> (Timestamp, App, DeletionId, UserId) {
    let ada = world.person(&format!("ada{number}")).await;
    let moment = world.app.now();
    let restored = backup(world, &format!("restored-{number}")).await;
    world.pass(1).await;
    let erased = erase(world, ada.id).await;
    (moment, restored, erased.id, ada.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_killed_at_any_call_and_run_again_has_the_same_result() {
    let world = world().await;
    let (moment, restored, _, _) = erased_since(&world, 0).await;
    world.interceptor.reset();
    replay(&world.app, &restored, moment).await.unwrap();
    let calls = world.interceptor.calls();
    let expected =
        current(&restored, world.app.store().deletions_to_replay(moment).await.unwrap()[0].id)
            .await
            .counts;
    assert!(calls > 20, "the replay makes enough calls: {:?}", world.interceptor.log());
    // The worker's own steps are killed in its own tests; here each call before them, and some of
    // theirs.
    let killed = (1..=calls).filter(|call| *call <= 12 || *call % 9 == 0);
    for (number, point) in
        killed.flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]).enumerate()
    {
        let (moment, restored, id, user) = erased_since(&world, number + 1).await;
        world.interceptor.kill_at(point);
        let _ = world.interceptor.until_killed(replay(&world.app, &restored, moment)).await;
        world.interceptor.reset();
        replay(&world.app, &restored, moment).await.unwrap();
        let again = current(&restored, id).await;
        assert_eq!((again.state, &again.counts), (DeletionState::Erased, &expected), "{point:?}");
        assert_eq!(again.earlier_receipts.len(), 1, "{point:?}");
        assert!(restored.store().user(user).await.unwrap().is_none(), "{point:?}");
    }
}
