//! Bounces and complaints: a report by the transport updates the mail log and stops email to an
//! address that rejects it.

use provost_domain::{
    BuiltInRole, MessageId, UserId,
    mail::{
        BounceType, Feedback, MAX_SOFT_BOUNCES, Mail, SOFT_BOUNCE_MEMORY, SUPPRESSION_LIFE,
        SuppressionReason, Template,
    },
    message::Message,
    page::{PageFrom, PageRequest},
    time::{DAY, MINUTE},
};
use provost_local::Function;
use provost_store::{
    mails::{Claimed, Reader},
    organisation_invites::address_digest,
};
use provost_testkit::{KillPoint, Roles, Someone, World};
use serde_json::{Value, json};

/// A world that sends email through the SES emulator.
async fn world() -> World {
    World::with("MAIL_TRANSPORT", "simulate", |app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

async fn queue(world: &World, message: &Message) {
    world
        .runner
        .send_raw("mail", &serde_json::to_string(message).expect("a message is JSON"))
        .await
        .expect("the queue accepts the message");
}

/// Sends an email to a user and processes everything that follows.
async fn write(world: &World, user: UserId) -> MessageId {
    let id = world.app.id(MessageId::new);
    queue(world, &Message::Mail { id, user, template: Template::PasswordChanged, about: None })
        .await;
    world.settle().await;
    id
}

async fn report(
    world: &World,
    id: MessageId,
    reader: &Someone<'_>,
    event: Feedback,
    bounce: Option<BounceType>,
) {
    let (user, address) = (Some(reader.id), address_digest(&reader.email));
    queue(world, &Message::MailFeedback { id, user, address, event, bounce }).await;
    world.settle().await;
}

const HARD: Option<BounceType> = Some(BounceType::Permanent);
const SOFT: Option<BounceType> = Some(BounceType::Transient);

/// The mail log as root sees it, newest first.
async fn log(world: &World) -> Vec<Value> {
    let root =
        world.staff(&format!("reader{}", world.app.id(UserId::new)), BuiltInRole::RootAdmin).await;
    root.get("/api/admin/email/logs").await.ok()["data"].as_array().expect("a list").clone()
}

async fn statuses(world: &World) -> Vec<String> {
    log(world)
        .await
        .iter()
        .map(|mail| mail["status"].as_str().expect("a status").to_owned())
        .collect()
}

async fn give_address(world: &World, person: &Someone<'_>, address: &str) {
    world.edit(person.id, |user| user.email = address.parse().expect("an address")).await;
}

#[tokio::test]
async fn a_permanent_bounce_suppresses_the_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    give_address(&world, &ada, "bounce@simulator.amazonses.com").await;
    world.interceptor.reset();
    write(&world, ada.id).await;
    Roles::read().demand("mail-worker", &world.interceptor.spent().rights);
    let first = log(&world).await[0].clone();
    assert_eq!(
        (&first["status"], &first["bounceType"]),
        (&json!("bounced"), &json!("Permanent")),
        "{first}"
    );
    assert_eq!(first["reportedAt"], world.app.now().to_string());
    assert_eq!(first["address"]["suppressed"], "bounce", "{first}");
    assert!(first["sentAt"].is_string() && first["transportId"].is_string(), "{first}");
    world.advance(1000);
    write(&world, ada.id).await;
    let second = log(&world).await[0].clone();
    assert_eq!(
        (&second["status"], &second["error"]),
        (&json!("failed"), &json!("the address is suppressed")),
        "{second}"
    );
    assert!(second.get("sentAt").is_none() && second.get("body").is_none(), "{second}");
    // The notice is in the mailbox instead.
    let first_page = PageRequest { from: PageFrom::Page(1), limit: 10 };
    let store = world.app.store();
    let notices = store.notifications(ada.id, &first_page, world.app.now()).await.expect("a list");
    let titles: Vec<_> = notices.rows.iter().map(|notice| notice.title.as_str()).collect();
    assert_eq!(titles, ["Email not delivered: Your password has been changed"]);
}

#[tokio::test]
async fn an_address_with_a_complaint_still_gets_emails_about_the_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    give_address(&world, &ada, "complaint+ada@simulator.amazonses.com").await;
    write(&world, ada.id).await;
    assert_eq!(log(&world).await[0]["address"]["suppressed"], "complaint");
    world.advance(1000);
    write(&world, ada.id).await;
    // The simulator complains about it as well, so it was sent.
    assert_eq!(statuses(&world).await, ["complained", "complained"]);
}

#[tokio::test]
async fn a_delivered_email_does_not_change_its_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    give_address(&world, &ada, "success@simulator.amazonses.com").await;
    write(&world, ada.id).await;
    let mail = log(&world).await[0].clone();
    assert_eq!((&mail["status"], mail.get("address")), (&json!("sent"), None), "{mail}");
}

#[tokio::test]
async fn a_duplicate_or_outdated_report_changes_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = write(&world, ada.id).await;
    report(&world, id, &ada, Feedback::Complaint, None).await;
    let logged = log(&world).await;
    world.advance(DAY);
    // The same report again, and reports of lower severity.
    report(&world, id, &ada, Feedback::Complaint, None).await;
    report(&world, id, &ada, Feedback::Bounce, SOFT).await;
    report(&world, id, &ada, Feedback::Reject, None).await;
    assert_eq!(log(&world).await, logged);
}

#[tokio::test]
async fn a_later_report_of_higher_severity_counts() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = write(&world, ada.id).await;
    report(&world, id, &ada, Feedback::Bounce, SOFT).await;
    let mail = log(&world).await[0].clone();
    assert_eq!(
        (&mail["bounceType"], mail["address"].get("suppressed")),
        (&json!("Transient"), None),
        "{mail}"
    );
    report(&world, id, &ada, Feedback::Bounce, HARD).await;
    let mail = log(&world).await[0].clone();
    assert_eq!(
        (&mail["bounceType"], &mail["address"]["suppressed"]),
        (&json!("Permanent"), &json!("bounce")),
        "{mail}"
    );
    report(&world, id, &ada, Feedback::Complaint, None).await;
    let mail = log(&world).await[0].clone();
    assert_eq!(
        (&mail["status"], &mail["address"]["suppressed"]),
        (&json!("complained"), &json!("bounce")),
        "{mail}"
    );
}

#[tokio::test]
async fn a_hard_bounce_wins_over_a_complaint_in_any_order() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let both = [(Feedback::Complaint, None), (Feedback::Bounce, HARD)];
    for (person, reports) in [(&ada, both), (&bob, [both[1], both[0]])] {
        // About two emails, and about one.
        for two in [true, false] {
            let mut id = write(&world, person.id).await;
            for (event, bounce) in reports {
                report(&world, id, person, event, bounce).await;
                // Written before the report before was known.
                if two {
                    id = world.app.id(MessageId::new);
                }
            }
            let records = world.app.store().address_records([person.email.as_str()]).await;
            let record = records.expect("the table responds").remove(&person.email);
            let reason = record.expect("a record").suppressed(world.app.now());
            assert_eq!(reason, Some(SuppressionReason::Bounce));
            let next = json!(write(&world, person.id).await);
            let log = log(&world).await;
            let mail = log.iter().find(|mail| mail["id"] == next).expect("it is in the log");
            assert_eq!(mail["status"], "failed", "no email at all");
            let mut tx = world.app.transaction();
            tx.forget_address_record(&person.email).expect("a write");
            tx.commit().await.expect("there is a record");
        }
    }
}

#[tokio::test]
async fn a_bounce_that_is_reported_again_does_not_suppress_an_address_again() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = write(&world, ada.id).await;
    report(&world, id, &ada, Feedback::Complaint, None).await;
    report(&world, id, &ada, Feedback::Bounce, HARD).await;
    let mut tx = world.app.transaction();
    tx.forget_address_record(&ada.email).expect("a write");
    tx.commit().await.expect("there is a record");
    report(&world, id, &ada, Feedback::Bounce, HARD).await;
    let records = world.app.store().address_records([ada.email.as_str()]).await;
    assert!(records.expect("the table responds").is_empty());
}

#[tokio::test]
async fn a_report_received_before_the_send_is_recorded_is_kept() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, now) = (world.app.id(MessageId::new), world.app.now());
    let mail = Mail::queued(id, ada.email.clone(), Template::PasswordChanged, now);
    // A run that sent the email and has not recorded it yet.
    let claimed =
        world.app.store().claim_mail(Reader::Person(ada.id), &mail, now, now.plus(MINUTE)).await;
    assert_eq!(claimed.expect("the table responds"), Claimed::Yes);
    report(&world, id, &ada, Feedback::Bounce, HARD).await;
    world
        .app
        .store()
        .mail_sent(Reader::Person(ada.id), id, Some("ses-1"), now)
        .await
        .expect("the table responds");
    let mail = log(&world).await[0].clone();
    assert_eq!(
        (&mail["status"], &mail["transportId"]),
        (&json!("bounced"), &json!("ses-1")),
        "{mail}"
    );
    // If the run had died, its message would be redelivered.
    world.advance(MINUTE);
    queue(
        &world,
        &Message::Mail { id, user: ada.id, template: Template::PasswordChanged, about: None },
    )
    .await;
    world.settle().await;
    assert_eq!(log(&world).await, [mail]);
}

#[tokio::test]
async fn repeated_transient_bounces_suppress_the_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    for count in 1..=MAX_SOFT_BOUNCES {
        let id = write(&world, ada.id).await;
        assert_eq!(log(&world).await[0]["status"], "sent", "before bounce {count}");
        for _ in 0..2 {
            report(&world, id, &ada, Feedback::Bounce, SOFT).await;
        }
        assert_eq!(log(&world).await[0]["address"]["softBounces"], count);
        world.advance(DAY);
    }
    write(&world, ada.id).await;
    assert_eq!(log(&world).await[0]["status"], "failed");
    world.advance(SOFT_BOUNCE_MEMORY);
    write(&world, ada.id).await;
    let mail = log(&world).await[0].clone();
    assert_eq!((&mail["status"], mail.get("address")), (&json!("sent"), None), "{mail}");
}

#[tokio::test]
async fn a_suppression_expires() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = write(&world, ada.id).await;
    report(&world, id, &ada, Feedback::Bounce, HARD).await;
    world.advance(SUPPRESSION_LIFE - 1000);
    write(&world, ada.id).await;
    world.advance(1000);
    write(&world, ada.id).await;
    assert_eq!(statuses(&world).await, ["sent", "failed", "bounced"]);
}

#[tokio::test]
async fn a_report_about_an_unknown_email_still_suppresses_the_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    report(&world, world.app.id(MessageId::new), &ada, Feedback::Bounce, SOFT).await;
    write(&world, ada.id).await;
    world.advance(1000);
    report(&world, world.app.id(MessageId::new), &ada, Feedback::Bounce, HARD).await;
    write(&world, ada.id).await;
    assert_eq!(statuses(&world).await, ["failed", "sent"]);
}

#[tokio::test]
async fn a_rejected_email_fails_without_affecting_its_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = write(&world, ada.id).await;
    report(&world, id, &ada, Feedback::Reject, None).await;
    let mail = log(&world).await[0].clone();
    assert_eq!((&mail["status"], mail.get("address")), (&json!("failed"), None), "{mail}");
}

#[tokio::test]
async fn a_report_killed_at_any_call_is_recorded_on_redelivery() {
    for call in 1..=6 {
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let ada = world.person("ada").await;
            let id = write(&world, ada.id).await;
            let (user, address) = (Some(ada.id), address_digest(&ada.email));
            queue(
                &world,
                &Message::MailFeedback { id, user, address, event: Feedback::Bounce, bounce: SOFT },
            )
            .await;
            world.interceptor.kill_at(point);
            let finished = world.interceptor.until_killed(world.runner.settle()).await.is_some();
            world.interceptor.reset();
            if finished {
                return;
            }
            world.runner.release_all().await.expect("the queues respond");
            world.settle().await;
            let mail = log(&world).await[0].clone();
            assert_eq!(
                (&mail["status"], &mail["address"]["softBounces"]),
                (&json!("bounced"), &json!(1)),
                "{point:?}: {mail}"
            );
        }
    }
    panic!("recording a report takes fewer calls than this");
}

#[tokio::test]
async fn stored_address_data_names_neither_the_address_nor_its_owner() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = write(&world, ada.id).await;
    report(&world, id, &ada, Feedback::Complaint, None).await;
    let (store, place) = (world.app.store(), format!("ADDRESS#{}", address_digest(&ada.email)));
    let (keys, _) = store.keys_of(&store.names().accounts, &place, None).await.expect("keys");
    let items = store.batch_get(&store.names().accounts, keys, true).await.expect("items");
    assert_eq!(items.len(), 1);
    let text = format!("{items:?}");
    assert!(
        !text.contains(&ada.email)
            && !text.contains(&ada.id.to_string())
            && !text.contains(&id.to_string()),
        "{text}"
    );
}

#[tokio::test]
async fn staff_lift_a_suppression_and_the_address_gets_email_again() {
    const LIFT: &str = "/api/admin/email/suppressions";
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let body = |email: &str| json!({ "email": email, "reason": "The mailbox works again." });
    world.anyone().delete_with(LIFT, body(&ada.email)).await.is(401, "UNAUTHENTICATED");
    ada.delete_with(LIFT, body(&ada.email)).await.is(403, "ADMIN_REQUIRED");
    grace.delete_with(LIFT, body(&ada.email)).await.is(404, "NOT_FOUND");
    grace.delete_with(LIFT, json!({})).await.is(422, "VALIDATION_FAILED");

    let first = write(&world, ada.id).await;
    report(&world, first, &ada, Feedback::Bounce, HARD).await;
    write(&world, ada.id).await;
    assert_eq!(statuses(&world).await[0], "failed", "the address is suppressed");
    grace.delete_with(LIFT, body(&ada.email)).await.status(204);
    write(&world, ada.id).await;
    assert_eq!(statuses(&world).await[0], "sent");
    grace.delete(&format!("{LIFT}?email={}", ada.email)).await.is(404, "NOT_FOUND");
    let entries = world
        .app
        .store()
        .recent_entries_about(world.user(ada.id).await.expect("the account").pseudonym, 100)
        .await
        .expect("the table responds");
    assert!(entries.iter().any(|entry| entry.action == "mail.suppression_lifted"));

    // The rank holds for addresses of staff too.
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let id = write(&world, root.id).await;
    report(&world, id, &root, Feedback::Bounce, HARD).await;
    grace.delete_with(LIFT, body(&root.email)).await.is(403, "OUTRANKED");
    grace.delete_with(LIFT, body(&grace.email)).await.is(409, "CANNOT_MODIFY_SELF");
}
