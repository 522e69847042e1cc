//! A world with the fraud functions, and helpers that read its tables.

use std::{collections::BTreeMap, time::Duration};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use provost_domain::{
    FraudScanId, UserId,
    fraud::{FullScan, Rule, RuleSet},
    message::Message,
};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub const ALERTS: &str = "/api/admin/fraud-alerts";
pub const SCAN_ALL: &str = "/api/admin/fraud-scan-all";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("fraud", fn_fraud::routes().router(app.clone())),
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
            Function::worker_over("bulk-worker", app, fn_bulk_worker::handle),
            Function::worker_over("outbox", app, fn_outbox::handle),
        ]
    })
    .await
}

pub fn scan_of(user: UserId) -> String {
    format!("/api/admin/fraud-scan/{user}")
}

/// A user with a disposable email address.
pub async fn suspect<'w>(world: &'w World, name: &str) -> Someone<'w> {
    let person = world.person(name).await;
    world
        .edit(person.id, |user| user.email = format!("{name}@mailinator.com").parse().unwrap())
        .await;
    person
}

/// An alert about a suspect.
pub async fn alert(world: &World, staff: &Someone<'_>, name: &str) -> (UserId, Value) {
    let person = suspect(world, name).await;
    let scanned = staff.post(&scan_of(person.id), json!({})).await.ok();
    assert_eq!(scanned["outcome"], "raised", "{scanned}");
    (person.id, scanned["alert"].clone())
}

pub fn path(alert: &Value) -> String {
    format!("{ALERTS}/{}", alert["id"].as_str().unwrap())
}

/// Rules with only this one enabled. All users of a test world sign in from the same address, which
/// other rules would flag.
pub fn only(rule: Rule) -> RuleSet {
    let rules = Rule::ALL.into_iter().map(|other| {
        let mut setting = other.default_setting();
        setting.enabled = other == rule;
        (other, setting)
    });
    RuleSet { rules: rules.collect::<BTreeMap<_, _>>(), ..RuleSet::default() }
}

/// Activates rules, as an operator does, and returns them with their version.
pub async fn let_count(world: &World, rules: RuleSet) -> RuleSet {
    let before = world.app.store().settings().await.unwrap().fraud;
    let after = rules.proposed_after(&before);
    let mut tx = world.app.transaction();
    tx.save_fraud_rules(&after, &before).unwrap();
    tx.commit().await.unwrap();
    after
}

/// The number of audit entries with this action.
pub async fn audited(world: &World, action: &str) -> usize {
    items(world, &world.app.store().names().audit)
        .await
        .iter()
        .filter(|item| item.contains(&format!("\"{action}\"")))
        .count()
}

/// Every item of a table, each as a string.
pub async fn items(world: &World, table: &str) -> Vec<String> {
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let found = world
            .emulators
            .dynamodb()
            .scan()
            .table_name(table)
            .set_exclusive_start_key(after)
            .send()
            .await
            .expect("the table responds");
        texts.extend(found.items().iter().map(|item| format!("{item:?}")));
        after = found.last_evaluated_key;
        if after.is_none() {
            return texts;
        }
    }
}

/// The number of scans of single accounts that wait in the outbox.
pub async fn scans_waiting(world: &World) -> usize {
    items(world, &world.app.store().names().operations)
        .await
        .iter()
        .filter(|item| item.contains("\"OUTBOX#") && item.contains("\"fraud_scan\""))
        .count()
}

/// An event with messages, as SQS delivers them.
pub fn event(messages: &[Message]) -> SqsEvent {
    let bodies = messages.iter().map(|message| serde_json::to_string(message).unwrap());
    raw_event(&bodies.collect::<Vec<_>>())
}

pub fn raw_event(bodies: &[String]) -> SqsEvent {
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| json!({ "messageId": n.to_string(), "body": body }))
        .collect();
    serde_json::from_value(json!({ "Records": records })).expect("an event")
}

/// Delivers messages once.
pub async fn deliver(world: &World, messages: &[Message]) -> SqsBatchResponse {
    fn_bulk_worker::handle(world.app.clone(), event(messages), ample())
        .await
        .expect("the worker responds")
}

/// Ample time.
pub fn ample() -> Deadline {
    Deadline::within(Duration::from_secs(900))
}

/// Reads a scan of all accounts from the table.
pub async fn full_scan(world: &World, id: FraudScanId) -> FullScan {
    world.app.store().full_scan(id).await.unwrap().expect("the scan")
}

pub fn job(answer: &Value) -> FraudScanId {
    answer["id"].as_str().expect("an id").parse().expect("a scan's")
}
