//! Broadcasts: who gets one, when, and that nobody gets it twice, whatever is killed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use provost_domain::{
    BroadcastId, BuiltInRole, DeletionId, Permission, Pseudonym, Status, UserId,
    mail::{BounceType, Feedback, broadcast::TOO_LATE},
    time::{DAY, MINUTE},
    user::{PendingDeletion, PortalTier, Suspension, SuspensionKind},
};
use provost_jobs::{Deadline, Outcome};
use provost_local::Function;
use provost_store::{organisation_invites::address_digest, preferences::MailPreferences};
use provost_testkit::{KillPoint, Roles, Someone, World};
use serde_json::{Value, json};

const BROADCAST: &str = "/api/admin/emails/broadcast";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("bulk-worker", app, fn_bulk_worker::handle),
        ]
    })
    .await
}

fn news(filter: &str) -> Value {
    json!({ "subject": "News for {{ firstName }}", "text": "Hello {{ firstName }},\n\nnews.", "filter": filter })
}

async fn shown(root: &Someone<'_>, id: &Value) -> Value {
    root.get(&format!("{BROADCAST}/{}", id.as_str().expect("an id"))).await.ok()
}

/// The emails of broadcasts by address.
async fn received(root: &Someone<'_>) -> BTreeMap<String, usize> {
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
async fn tick(world: &World) -> usize {
    let before = world.interceptor.spent().rights;
    let deadline = Deadline::within(Duration::from_secs(240));
    let report = fn_scheduler::handle(world.app.clone(), json!({ "job": "due" }), deadline).await;
    Roles::read().demand("scheduler", world.interceptor.spent().rights.difference(&before));
    report.expect("all jobs succeed").broadcasts
}

/// One run of the worker, `page` users at a time.
async fn run(world: &World, id: BroadcastId, page: u32) -> Outcome {
    let deadline = Deadline::within(Duration::from_secs(600));
    fn_bulk_worker::broadcast::run(&world.app, id, page, deadline).await
}

fn id_of(broadcast: &Value) -> BroadcastId {
    broadcast["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

async fn ban(world: &World, user: UserId) {
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

async fn leave(world: &World, user: UserId) {
    let (now, id) = (world.app.now(), world.app.id(DeletionId::new));
    world
        .edit(user, |user| {
            let due_at = now.plus(14 * DAY);
            let pending = PendingDeletion { id, due_at, before: Status::Active, executing: false };
            *user = user.clone().delete(pending, None, now).expect("the account is active");
        })
        .await;
}

fn adds_up(broadcast: &Value) -> bool {
    let count = |name: &str| broadcast[name].as_u64().expect("a number");
    count("sent") + count("failed") + count("leftOut") + count("unknown") == count("planned")
}

#[tokio::test]
async fn a_broadcast_is_sent_to_everybody_once() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    for name in ["ada", "bob", "cleo"] {
        world.person(name).await;
    }
    let started = root.post(BROADCAST, news("all")).await;
    let location = started.header("location");
    let started = started.status(202);
    assert_eq!((&started["status"], &started["planned"]), (&json!("queued"), &json!(0)));
    assert!(location.ends_with(started["id"].as_str().expect("an id")));
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!(
        (&done["status"], &done["sent"], &done["planned"]),
        (&json!("completed"), &json!(4), &json!(4))
    );
    assert_eq!(done["progress"], json!({ "done": 4, "total": 4, "percent": 100 }));
    assert_eq!(done["content"]["subject"], "News for {{ firstName }}");
    let received = received(&root).await;
    assert_eq!(received.len(), 4);
    assert!(received.values().all(|count| *count == 1), "{received:?}");
}

#[tokio::test]
async fn a_broadcast_requires_the_permission_of_root() {
    let world = world().await;
    world.anyone().post(BROADCAST, news("all")).await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.post(BROADCAST, news("all")).await.is(403, "ADMIN_REQUIRED");
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.post(BROADCAST, news("all")).await.is(403, "SUPERADMIN_REQUIRED");
    grace.get(BROADCAST).await.ok();
}

#[tokio::test]
async fn an_invalid_broadcast_is_refused() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let now = world.app.now();
    let with = |field: &str, value: Value| {
        let mut body = news("all");
        body[field] = value;
        body
    };
    for (field, body) in [
        ("filter", json!({ "subject": "x", "text": "y" })),
        ("filter", news("everybody")),
        ("plan", news("plan")),
        ("plan", with("plan", json!("paid"))),
        ("subject", with("subject", json!("Hi\r\nBcc: b@example.org"))),
        ("text", with("text", json!("{{ password }}"))),
        ("scheduledAt", with("scheduledAt", json!(now))),
        ("scheduledAt", with("scheduledAt", json!(now.plus(91 * DAY)))),
        ("resume", with("resume", json!(world.app.id(BroadcastId::new)))),
    ] {
        let error = root.post(BROADCAST, body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(error["errors"][0]["field"], field, "{body}: {error}");
    }
    let id = world.app.id(BroadcastId::new);
    root.post(BROADCAST, json!({ "resume": id })).await.is(404, "NOT_FOUND");
    root.get(&format!("{BROADCAST}/{id}")).await.is(404, "NOT_FOUND");
    root.delete(&format!("{BROADCAST}/telegram")).await.is(404, "NOT_FOUND");
    world.settle().await;
    assert!(received(&root).await.is_empty());
}

#[tokio::test]
async fn each_filter_selects_its_users() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    world.edit(ada.id, |user| user.email_verified = false).await;
    world.edit(bob.id, |user| user.portal_tier = PortalTier::Paid).await;
    let mut expected = BTreeMap::new();
    for (body, emails) in [
        (news("verified"), vec![&root.email, &bob.email]),
        (news("unverified"), vec![&ada.email]),
        (news("admin"), vec![&root.email]),
        (
            json!({ "subject": "x", "text": "y", "filter": "plan", "plan": "paid" }),
            vec![&bob.email],
        ),
    ] {
        for email in emails {
            *expected.entry(email.clone()).or_default() += 1;
        }
        root.post(BROADCAST, body).await.status(202);
        world.settle().await;
        assert_eq!(received(&root).await, expected);
    }
}

async fn unsubscribe(world: &World, user: UserId) {
    let mut tx = world.app.transaction();
    let chosen = MailPreferences { unsubscribed_at: Some(world.app.now()) };
    tx.save_mail_preferences(user, &chosen).expect("preferences");
    tx.commit().await.expect("the table responds");
}

async fn bounce(world: &World, user: &Someone<'_>) {
    let id = world.app.id(provost_domain::MessageId::new);
    let digest = address_digest(&user.email);
    let store = world.app.store();
    let kind = Some(BounceType::Permanent);
    let noted =
        store.note_feedback(id, Some(user.id), &digest, Feedback::Bounce, kind, world.app.now());
    noted.await.expect("the table responds");
}

#[tokio::test]
async fn a_dry_run_counts_the_recipients_and_sends_nothing() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    unsubscribe(&world, ada.id).await;
    bounce(&world, &bob).await;
    world.person("cleo").await;
    let mut body = news("all");
    body["dryRun"] = json!(true);
    let started = root.post(BROADCAST, body).await.status(202);
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["status"], &done["dryRun"]), (&json!("completed"), &json!(true)));
    assert_eq!((&done["planned"], &done["leftOut"]), (&json!(4), &json!(2)));
    assert_eq!((&done["recipientCount"], &done["sent"]), (&json!(2), &json!(0)));
    assert!(received(&root).await.is_empty());
}

#[tokio::test]
async fn who_gets_a_scheduled_broadcast_is_decided_when_it_is_sent() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (a, b, c) =
        (world.person("ada").await, world.person("bob").await, world.person("cleo").await);
    let mut body = news("verified");
    let at = world.app.now().plus(2 * DAY);
    body["scheduledAt"] = json!(at);
    let started = root.post(BROADCAST, body).await.status(202);
    assert_eq!((&started["status"], &started["scheduledAt"]), (&json!("scheduled"), &json!(at)));
    world.advance(DAY);
    tick(&world).await;
    world.settle().await;
    unsubscribe(&world, a.id).await;
    ban(&world, b.id).await;
    leave(&world, c.id).await;
    let d = world.person("dora").await;
    world.advance(DAY + MINUTE);
    tick(&world).await;
    world.settle().await;
    root.renew().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["status"], &done["planned"]), (&json!("completed"), &json!(5)));
    assert_eq!((&done["sent"], &done["leftOut"]), (&json!(2), &json!(3)));
    let received: Vec<_> = received(&root).await.into_keys().collect();
    assert_eq!(received, [d.email, root.email.clone()]);
}

#[tokio::test]
async fn a_broadcast_that_would_be_hours_late_is_missed_until_staff_resume_it() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    world.person("ada").await;
    let mut body = news("all");
    body["scheduledAt"] = json!(world.app.now().plus(DAY));
    let started = root.post(BROADCAST, body).await.status(202);
    world.advance(DAY + TOO_LATE + 1000);
    assert_eq!(tick(&world).await, 1);
    world.settle().await;
    root.renew().await;
    let missed = shown(&root, &started["id"]).await;
    assert_eq!((&missed["status"], &missed["sent"]), (&json!("missed"), &json!(0)));
    let notices =
        world.app.store().notifications(root.id, &all(), world.app.now()).await.expect("a list");
    assert!(notices.rows.iter().any(|notice| notice.title == "A broadcast was missed"));

    root.post(BROADCAST, json!({ "resume": started["id"] })).await.status(202);
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["status"], &done["sent"]), (&json!("completed"), &json!(2)));
    root.post(BROADCAST, json!({ "resume": started["id"] })).await.is(409, "INVALID_ACTION");
}

/// The first page of a list.
fn all() -> provost_domain::page::PageRequest {
    provost_domain::page::PageRequest { from: provost_domain::page::PageFrom::Page(1), limit: 50 }
}

#[tokio::test]
async fn a_broadcast_that_stopped_hours_ago_does_not_go_on_by_itself() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    for name in ["ada", "bob", "cleo"] {
        world.person(name).await;
    }
    let id = begin(&root).await;
    // Killed in the second page.
    world.interceptor.kill_at(KillPoint::Before(20));
    assert!(world.interceptor.until_killed(run(&world, id, 1)).await.is_none());
    world.interceptor.reset();
    world.advance(TOO_LATE + MINUTE);
    assert!(matches!(run(&world, id, 1).await, Outcome::Done));
    root.renew().await;
    let missed = shown(&root, &json!(id)).await;
    assert_eq!(missed["status"], "missed");
    assert!(adds_up(&missed) && missed["planned"].as_u64() < Some(4), "{missed}");
    // The message of the start, which no worker takes any more.
    world.settle().await;
    root.post(BROADCAST, json!({ "resume": id })).await.status(202);
    world.settle().await;
    let done = shown(&root, &json!(id)).await;
    assert_eq!((&done["status"], &done["planned"]), (&json!("completed"), &json!(4)));
    assert!(received(&root).await.values().all(|count| *count == 1));
}

/// Starts a broadcast whose message the test delivers itself.
async fn begin(root: &Someone<'_>) -> BroadcastId {
    id_of(&root.post(BROADCAST, news("all")).await.status(202))
}

#[tokio::test]
async fn a_cancelled_broadcast_is_not_sent() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let mut body = news("all");
    body["scheduledAt"] = json!(world.app.now().plus(DAY));
    let started = root.post(BROADCAST, body).await.status(202);
    let path = format!("{BROADCAST}/{}", started["id"].as_str().expect("an id"));
    let cancelled = root.delete_with(&path, json!({ "reason": "a mistake" })).await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    root.delete(&path).await.is(409, "INVALID_ACTION");
    world.advance(DAY + MINUTE);
    assert_eq!(tick(&world).await, 0);
    // Cancelled before the worker got its message.
    let root = world.staff("joan", BuiltInRole::RootAdmin).await;
    let id = begin(&root).await;
    root.delete(&format!("{BROADCAST}/{id}")).await.ok();
    world.settle().await;
    assert!(received(&root).await.is_empty());
    let list = root.get(&format!("{BROADCAST}?status=cancelled")).await.ok();
    assert_eq!(list["pagination"]["total"], 2);
    assert_eq!(list["data"][0]["id"], json!(id));
}

#[tokio::test]
async fn a_run_killed_at_any_call_sends_nobody_two_emails_and_skips_nobody() {
    let mut killed = 0;
    for call in 1.. {
        let mut finished = true;
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let root = world.staff("grace", BuiltInRole::RootAdmin).await;
            world.person("ada").await;
            let id = begin(&root).await;
            world.interceptor.kill_at(point);
            let outcome = world.interceptor.until_killed(run(&world, id, 1)).await;
            world.interceptor.reset();
            if outcome.is_none() {
                finished = false;
                killed += 1;
                // Killed after its last report, it was done.
                let next = run(&world, id, 1).await;
                assert!(matches!(next, Outcome::Done | Outcome::AlreadyDone), "{point:?}");
            }
            world.settle().await;
            let done = shown(&root, &json!(id)).await;
            assert_eq!(done["status"], "completed", "{point:?}");
            assert!(adds_up(&done), "{point:?}: {done}");
            assert_eq!(done["planned"], 2, "{point:?}: {done}");
            let received = received(&root).await;
            assert_eq!(json!(received.len()), done["sent"], "{point:?}: {received:?}");
            assert!(received.values().all(|count| *count == 1), "{point:?}: {received:?}");
            // An email that may have been sent is in the log as such.
            let log = root.get("/api/admin/email/logs?status=unconfirmed").await.ok();
            let count = log["data"].as_array().expect("a list").len();
            assert_eq!(json!(count), done["unknown"], "{point:?}: {done}");
        }
        if finished {
            break;
        }
    }
    assert!(killed > 20, "{killed} kills");
}

#[tokio::test]
async fn twenty_kills_of_a_large_broadcast_send_nobody_two_emails_and_skip_nobody() {
    killed_twenty_times(120, 10, 9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: tests/bench/broadcast.sh"]
async fn twenty_kills_of_ten_thousand_emails_send_nobody_two_and_skip_nobody() {
    killed_twenty_times(10_000, fn_bulk_worker::broadcast::PAGE, 1_300).await;
}

/// Kills a broadcast to `size` users and its author twenty times, each run after about `span` calls,
/// and delivers it again.
async fn killed_twenty_times(size: usize, page: u32, span: usize) {
    let start = Instant::now();
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    for n in 0..size {
        world.person(&format!("user{n}")).await;
    }
    let created = start.elapsed();
    let id = begin(&root).await;
    let mut kills = 0;
    while kills < 20 {
        // At another place in the page each time, before and after a call in turns.
        let call = span + (kills * 7 + 5) % 60;
        let point = if kills % 2 == 0 { KillPoint::After(call) } else { KillPoint::Before(call) };
        world.interceptor.kill_at(point);
        let outcome = world.interceptor.until_killed(run(&world, id, page)).await;
        world.interceptor.reset();
        assert!(outcome.is_none(), "the broadcast is large enough for all kills");
        kills += 1;
        let now = shown(&root, &json!(id)).await;
        assert!(adds_up(&now), "{now}");
    }
    assert!(matches!(run(&world, id, page).await, Outcome::Done));
    let sent = start.elapsed();
    world.settle().await;
    let done = shown(&root, &json!(id)).await;
    assert_eq!((&done["status"], &done["planned"]), (&json!("completed"), &json!(size + 1)));
    assert!(adds_up(&done), "{done}");
    let received = received(&root).await;
    assert_eq!(json!(received.len()), done["sent"]);
    let twice = received.values().filter(|count| **count > 1).count();
    assert_eq!(twice, 0);
    assert!(done["unknown"].as_u64() <= Some(20), "one email at most is lost to each kill: {done}");
    eprintln!(
        "{} recipients, {kills} kills: {} sent, {} unknown, {twice} twice, 0 missing; {:.0} s to create the users, {:.0} s to send",
        size + 1,
        done["sent"],
        done["unknown"],
        created.as_secs_f64(),
        (sent - created).as_secs_f64(),
    );
}

#[tokio::test]
async fn a_broadcast_is_sent_with_the_rights_of_its_worker() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let id = begin(&root).await;
    let before = world.interceptor.spent().rights;
    assert!(matches!(run(&world, id, 10).await, Outcome::Done));
    Roles::read().demand("bulk-worker", world.interceptor.spent().rights.difference(&before));
    world.settle().await;
}

#[tokio::test]
async fn a_user_who_unsubscribes_in_one_click_gets_no_broadcast_and_every_other_email() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    root.post(BROADCAST, news("all")).await.status(202);
    world.settle().await;
    let log = root.get(&format!("/api/admin/email/logs?to={}", ada.email)).await.ok();
    let text = log["data"][0]["body"].as_str().expect("a body").to_owned();
    let at = text.find("/unsubscribe/").expect("the link is in the text");
    let path = text[at..].split_whitespace().next().expect("a link").to_owned();
    // Scanners open links.
    for _ in 0..3 {
        let page = world.anyone().get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Unsubscribe from our emails?"));
    }
    let head = "HEAD".parse().expect("a method");
    let answer = world.anyone().ask(head, &path, "", "".into()).await;
    assert!(!answer.status.is_server_error(), "{}", answer.status);
    let preferences = async || world.app.store().mail_preferences(ada.id).await.expect("an answer");
    assert_eq!(preferences().await, MailPreferences::default());
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
        ),
        ("", ""),
    ] {
        let page =
            world.anyone().ask("POST".parse().expect("a method"), &path, kind, body.into()).await;
        assert_eq!(page.status, 200, "{kind}: {}", page.text());
        assert!(page.text().contains("You are unsubscribed"));
    }
    assert_eq!(preferences().await.unsubscribed_at, Some(world.app.now()));
    let started = root.post(BROADCAST, news("all")).await.status(202);
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["sent"], &done["leftOut"]), (&json!(1), &json!(1)));
    // A message to the user alone is still sent.
    let message = json!({ "to": [ada.email], "subject": "Hello", "text": "Hello." });
    root.post("/api/admin/email/send", message).await.status(202);
    world.leaves("outbox", "the worker for single emails is not part of this world");
    let page = world
        .anyone()
        .ask("POST".parse().expect("a method"), &format!("{path}?subscribe=true"), "", "".into())
        .await;
    assert!(page.text().contains("You are subscribed"), "{}", page.text());
    assert_eq!(preferences().await, MailPreferences::default());
}

#[tokio::test]
async fn a_link_that_is_not_ours_unsubscribes_nobody() {
    let world = world().await;
    for token in ["x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."] {
        let page = world.anyone().get(&format!("/unsubscribe/{token}")).await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains("This link is not valid"));
    }
}

#[tokio::test]
async fn a_broadcast_whose_author_lost_the_permission_is_missed_until_others_resume_it() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let lost = async |author: &Someone<'_>, how: usize| match how {
        0 => world.edit(author.id, |user| user.denials = [Permission::MailBroadcast].into()).await,
        _ => ban(&world, author.id).await,
    };
    for (how, scheduled) in [(0, true), (1, true), (0, false)] {
        let author = world.staff(&format!("author{how}{scheduled}"), BuiltInRole::RootAdmin).await;
        let mut body = news("unverified");
        if scheduled {
            body["scheduledAt"] = json!(world.app.now().plus(DAY));
        }
        let started = author.post(BROADCAST, body).await.status(202);
        lost(&author, how).await;
        if scheduled {
            world.advance(DAY + MINUTE);
            tick(&world).await;
        }
        world.settle().await;
        root.renew().await;
        let missed = shown(&root, &started["id"]).await;
        assert_eq!(missed["status"], "missed", "{how} {scheduled}");
        root.post(BROADCAST, json!({ "resume": started["id"] })).await.status(202);
        world.settle().await;
        let done = shown(&root, &started["id"]).await;
        assert_eq!((&done["status"], &done["requestedBy"]), (&json!("completed"), &json!(root.id)));
    }
}
