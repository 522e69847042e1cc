//! A world with broadcasts, and helpers for its tests.

use std::{collections::BTreeMap, time::Duration};

use provost_app::App;
use provost_domain::{
    BroadcastId, DeletionId, Pseudonym, Status, UserId,
    mail::{BounceType, Feedback},
    time::DAY,
    user::{PendingDeletion, Suspension, SuspensionKind},
};
use provost_jobs::{Deadline, Outcome};
use provost_local::Function;
use provost_store::{organisation_invites::address_digest, preferences::MailPreferences};
use provost_testkit::{Roles, Someone, World};
use serde_json::{Value, json};

pub const BROADCAST: &str = "/api/admin/emails/broadcast";

fn functions(app: &App) -> Vec<Function> {
    vec![
        Function::http("mail", fn_mail::routes().router(app.clone())),
        Function::worker_over("outbox", app, fn_outbox::handle),
        Function::worker_over("bulk-worker", app, fn_bulk_worker::handle),
    ]
}

pub async fn world() -> World {
    World::of(functions).await
}

/// A world that sends its emails with SES, which takes a call for each.
pub async fn world_with_ses() -> World {
    World::with("MAIL_TRANSPORT", "ses", functions).await
}

pub fn news(filter: &str) -> Value {
    json!({ "subject": "News for {{ firstName }}", "text": "Hello {{ firstName }},\n\nnews.", "filter": filter })
}

pub async fn shown(root: &Someone<'_>, id: &Value) -> Value {
    root.get(&format!("{BROADCAST}/{}", id.as_str().expect("an id"))).await.ok()
}

/// The emails of broadcasts by address.
pub async fn received(root: &Someone<'_>) -> BTreeMap<String, usize> {
    let mut received = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path =
            format!("/api/admin/email/logs?template=broadcast&status=sent&limit=200{cursor}");
        let page = root.get(&path).await.ok();
        for email in page["data"].as_array().expect("a list") {
            let to = email["to"].as_str().expect("an address").to_owned();
            *received.entry(to).or_default() += 1;
        }
        match page["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return received,
        }
    }
}

/// A run of the scheduler; returns the broadcasts that it sent or gave up.
pub async fn tick(world: &World) -> usize {
    let before = world.interceptor.spent().rights;
    let deadline = Deadline::within(Duration::from_secs(240));
    let report = fn_scheduler::handle(world.app.clone(), json!({ "job": "due" }), deadline).await;
    Roles::read().demand("scheduler", world.interceptor.spent().rights.difference(&before));
    report.expect("all jobs succeed").broadcasts
}

/// One run of the worker, `page` users at a time.
pub async fn run(world: &World, id: BroadcastId, page: u32) -> Outcome {
    let deadline = Deadline::within(Duration::from_secs(600));
    fn_bulk_worker::broadcast::run(&world.app, id, page, deadline).await
}

pub fn id_of(broadcast: &Value) -> BroadcastId {
    broadcast["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

pub async fn ban(world: &World, user: UserId) {
    let (now, by) = (world.app.now(), world.app.id(Pseudonym::new));
    world
        .edit(user, |user| {
            let suspension = Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam".to_owned(),
                by,
                at: now,
                expires_at: None,
                before: Status::Active,
            };
            *user = user.clone().suspend(suspension, now).expect("the account is active");
        })
        .await;
}

pub async fn leave(world: &World, user: UserId) {
    let (now, id) = (world.app.now(), world.app.id(DeletionId::new));
    world
        .edit(user, |user| {
            let due_at = now.plus(14 * DAY);
            let pending = PendingDeletion { id, due_at, before: Status::Active, executing: false };
            *user = user.clone().delete(pending, None, now).expect("the account is active");
        })
        .await;
}

pub fn adds_up(broadcast: &Value) -> bool {
    let count = |name: &str| broadcast[name].as_u64().expect("a number");
    count("sent") + count("failed") + count("leftOut") + count("unknown") == count("planned")
}

pub async fn unsubscribe(world: &World, user: UserId) {
    let mut tx = world.app.transaction();
    let chosen = MailPreferences { unsubscribed_at: Some(world.app.now()) };
    tx.save_mail_preferences(user, &chosen).expect("preferences");
    tx.commit().await.expect("the table responds");
}

pub async fn bounce(world: &World, user: &Someone<'_>) {
    let id = world.app.id(provost_domain::MessageId::new);
    let digest = address_digest(&user.email);
    let store = world.app.store();
    let kind = Some(BounceType::Permanent);
    let noted =
        store.note_feedback(id, Some(user.id), &digest, Feedback::Bounce, kind, world.app.now());
    noted.await.expect("the table responds");
}

/// Starts a broadcast whose message the test delivers itself.
pub async fn begin(root: &Someone<'_>) -> BroadcastId {
    id_of(&root.post(BROADCAST, news("all")).await.status(202))
}
