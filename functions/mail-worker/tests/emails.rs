//! Emails: each is recorded, sent once, and contains what its recipient needs.

use provost_auth::{Purpose, token::LinkClaims};
use provost_domain::{
    BuiltInRole, DeletionId, MessageId, Pseudonym, SessionId, Status, Timestamp, UserId,
    mail::{Mail, Template},
    message::{About, Message},
    profile::Profile,
    time::{DAY, HOUR, MINUTE},
    user::{PendingDeletion, Suspension, SuspensionKind},
};
use provost_local::Function;
use provost_store::preferences::MailPreferences;
use provost_testkit::{KillPoint, Roles, World};
use serde_json::Value;

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

/// Puts a message on the queue, as the outbox does.
async fn write(world: &World, user: UserId, template: Template, about: Option<About>) -> MessageId {
    let id = world.app.id(MessageId::new);
    deliver(world, &Message::Mail { id, user, template, about }).await;
    id
}

async fn deliver(world: &World, message: &Message) {
    let body = serde_json::to_string(message).expect("a message is JSON");
    world.runner.send_raw("mail", &body).await.expect("the queue accepts the message");
}

/// The mail log as root sees it.
async fn log(world: &World) -> Vec<Value> {
    let root =
        world.staff(&format!("reader{}", world.app.id(UserId::new)), BuiltInRole::RootAdmin).await;
    root.get("/api/admin/email/logs").await.ok()["data"].as_array().expect("a list").clone()
}

async fn only_email(world: &World) -> Value {
    let log = log(world).await;
    assert_eq!(log.len(), 1, "{log:?}");
    log[0].clone()
}

fn body(email: &Value) -> String {
    email["body"].as_str().expect("captured mail has a body").to_owned()
}

/// The token that follows a marker in an email.
fn token_after(body: &str, mark: &str) -> String {
    let (_, rest) =
        body.split_once(mark).unwrap_or_else(|| panic!("{mark} is not in the email:\n{body}"));
    rest.split_whitespace().next().expect("a token follows").to_owned()
}

async fn force_reset(world: &World, user: UserId) {
    let mut credential = world
        .app
        .store()
        .credential(user)
        .await
        .expect("the table responds")
        .expect("a credential");
    credential.must_reset = true;
    let mut tx = world.app.transaction();
    tx.save_credential(user, &credential).expect("a credential");
    tx.commit().await.expect("the table responds");
}

async fn ask_for_deletion(world: &World, user: UserId, due_at: Timestamp) -> DeletionId {
    let id = world.app.id(DeletionId::new);
    let now = world.app.now();
    world
        .edit(user, |record| {
            let pending = PendingDeletion { id, due_at, before: Status::Active, executing: false };
            *record = record.clone().delete(pending, None, now).expect("the account is active");
        })
        .await;
    id
}

#[tokio::test]
async fn an_email_is_recorded_and_sent() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.email_verified = false).await;
    let id = write(&world, ada.id, Template::VerifyEmail, None).await;
    assert_eq!(world.settle().await, 1);
    let email = only_email(&world).await;
    assert_eq!(email["id"], id.to_string());
    assert_eq!(email["userId"], ada.id.to_string());
    assert_eq!(email["to"], ada.email);
    assert_eq!(email["template"], "verify-email");
    assert_eq!(email["status"], "sent");
    assert_eq!(email["sentAt"], world.app.now().to_string());
    assert!(body(&email).starts_with("Hello ada,\n"), "{email}");
}

#[tokio::test]
async fn the_confirmation_link_is_for_one_address_and_valid_for_three_days() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.email_verified = false).await;
    write(&world, ada.id, Template::VerifyEmail, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    let token = token_after(&text, "https://provost.example/?confirm=");
    assert_eq!(text.matches(&token).count(), 2, "once in the link and once by itself");
    let verify = |now| world.app.verifier().verify::<LinkClaims>(Purpose::Link, &token, now);
    let claims = LinkClaims::VerifyEmail {
        sub: ada.id,
        email: provost_auth::secret::hex_digest(&ada.email),
    };
    assert_eq!(verify(world.app.now()), Ok(claims));
    assert!(verify(world.app.now().plus(3 * DAY + MINUTE)).is_err());
}

#[tokio::test]
async fn a_confirmed_address_gets_no_confirmation_email() {
    let world = world().await;
    let ada = world.person("ada").await;
    write(&world, ada.id, Template::VerifyEmail, None).await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn the_reset_link_contains_the_reset_count_and_expires_after_an_hour() {
    let world = world().await;
    let ada = world.person("ada").await;
    write(&world, ada.id, Template::PasswordReset, None).await;
    world.settle().await;
    let token = token_after(&body(&only_email(&world).await), "https://provost.example/?reset=");
    let claims = LinkClaims::ResetPassword {
        sub: ada.id,
        resets: 0,
        email: provost_auth::secret::hex_digest(&ada.email),
    };
    assert_eq!(world.app.verifier().verify(Purpose::Link, &token, world.app.now()), Ok(claims));
    assert!(
        world
            .app
            .verifier()
            .verify::<LinkClaims>(Purpose::Link, &token, world.app.now().plus(HOUR + MINUTE))
            .is_err()
    );
}

#[tokio::test]
async fn a_forced_reset_email_gives_the_reason_and_only_while_the_reset_is_due() {
    let world = world().await;
    let ada = world.person("ada").await;
    // The user chose a new password before the email was sent.
    write(&world, ada.id, Template::PasswordResetForced, None).await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
    force_reset(&world, ada.id).await;
    write(&world, ada.id, Template::PasswordResetForced, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    assert!(
        text.contains("Support asks you to choose a new password")
            && text.contains("all API keys have been revoked"),
        "{text}"
    );
    assert!(!text.contains("Your password will not change"), "{text}");
}

#[tokio::test]
async fn a_deletion_email_contains_a_cancellation_link_valid_until_the_due_date() {
    let world = world().await;
    let ada = world.person("ada").await;
    let due_at = world.app.now().plus(14 * DAY);
    let id = ask_for_deletion(&world, ada.id, due_at).await;
    write(&world, ada.id, Template::DeletionRequested, Some(About::Deletion(id))).await;
    write(&world, ada.id, Template::NewDevice, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    assert!(text.contains("4 December 2026, 16:00 UTC"), "{text}");
    let token = token_after(&text, "https://provost.example/cancel-deletion/");
    assert_eq!(
        world.app.verifier().verify(Purpose::Link, &token, due_at.plus(-MINUTE)),
        Ok(LinkClaims::CancelDeletion { sub: id })
    );
    assert!(
        world
            .app
            .verifier()
            .verify::<LinkClaims>(Purpose::Link, &token, due_at.plus(MINUTE))
            .is_err()
    );
}

#[tokio::test]
async fn no_email_is_sent_about_an_earlier_deletion() {
    let world = world().await;
    let ada = world.person("ada").await;
    ask_for_deletion(&world, ada.id, world.app.now().plus(DAY)).await;
    write(
        &world,
        ada.id,
        Template::DeletionRequested,
        Some(About::Deletion(world.app.id(DeletionId::new))),
    )
    .await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn no_email_is_sent_to_an_account_being_erased() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = ask_for_deletion(&world, ada.id, world.app.now().plus(DAY)).await;
    world
        .edit(ada.id, |user| {
            if let Some(deletion) = &mut user.deletion {
                deletion.executing = true
            }
        })
        .await;
    write(&world, ada.id, Template::DeletionRequested, Some(About::Deletion(id))).await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn a_message_about_a_missing_account_is_dropped() {
    let world = world().await;
    write(&world, world.app.id(UserId::new), Template::PasswordChanged, None).await;
    assert_eq!(world.settle().await, 1);
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn a_suspension_email_contains_the_reason_and_the_end() {
    let world = world().await;
    let ada = world.person("ada").await;
    let now = world.app.now();
    let by = world.app.id(Pseudonym::new);
    world
        .edit(ada.id, |user| {
            let suspension = Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam in comments".to_owned(),
                by,
                at: now,
                expires_at: Some(now.plus(DAY)),
                before: Status::Active,
            };
            *user = user.clone().suspend(suspension, now).expect("the account is active");
        })
        .await;
    write(&world, ada.id, Template::AccountSuspended, None).await;
    // Outdated: the account has not been restored.
    write(&world, ada.id, Template::AccountRestored, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    assert!(text.contains("\nReason: spam in comments\n"), "{text}");
    assert!(text.contains("21 November 2026, 16:00 UTC"), "{text}");
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_described() {
    let world = world().await;
    let ada = world.person("ada").await;
    write(&world, ada.id, Template::NewDevice, ada.session.map(About::Session)).await;
    // Also when the sign-in record no longer exists.
    write(&world, ada.id, Template::NewDevice, Some(About::Session(world.app.id(SessionId::new))))
        .await;
    world.settle().await;
    let texts: Vec<String> = log(&world).await.iter().map(body).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().any(|text| text.contains("IP address  127.0.0.1")), "{texts:?}");
}

#[tokio::test]
async fn a_suspicious_name_is_left_out() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.first_name = "Win now: http://evil.example".to_owned()).await;
    write(&world, ada.id, Template::PasswordChanged, None).await;
    world.settle().await;
    let email = only_email(&world).await;
    assert!(body(&email).starts_with("Hello,\n"), "{email}");
    assert!(!email.to_string().contains("evil"), "{email}");
}

#[tokio::test]
async fn every_email_can_be_rendered() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.email_verified = false).await;
    force_reset(&world, ada.id).await;
    world.edit(ada.id, |user| user.two_factor_enabled = true).await;
    for template in Template::ALL {
        write(&world, ada.id, template, None).await;
    }
    world.interceptor.reset();
    world.settle().await;
    Roles::read().demand("mail-worker", &world.interceptor.spent().rights);
    let written: Vec<String> = log(&world)
        .await
        .iter()
        .map(|email| email["template"].as_str().expect("a name").to_owned())
        .collect();
    // The emails about a suspension, a deletion, an invitation, a verification decision, removed
    // content, a warning, an application, a change of address and an assigned bucket do not apply to
    // this account, so they are not sent. Messages of staff and broadcasts have a content of their own.
    assert_eq!(written.len(), Template::ALL.len() - 13, "{written:?}");
}

#[tokio::test]
async fn the_locale_of_the_user_decides_the_language_of_an_email() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (locale, greeting) in [
        (
            "de-AT",
            "Guten Tag ada,\n\ndas Passwort Ihres Kontos wurde am 20. November 2026, 16:00 UTC geändert.",
        ),
        (
            "pt_br",
            "Hello ada,\n\nThe password of your account was changed on 20 November 2026, 16:00 UTC.",
        ),
        ("xx-YY", "Hello ada,"),
        ("de_DE.UTF-8", "Hello ada,"),
        ("", "Hello ada,"),
    ] {
        let profile = Profile {
            settings: [("locale".to_owned(), Value::from(locale))].into(),
            ..Profile::default()
        };
        let mut tx = world.app.transaction();
        tx.save_profile(ada.id, &profile).expect("a profile");
        tx.commit().await.expect("the table responds");
        let id = write(&world, ada.id, Template::PasswordChanged, None).await;
        world.settle().await;
        let log = log(&world).await;
        let email = log.iter().find(|email| email["id"] == id.to_string()).expect("it is sent");
        assert!(body(email).starts_with(greeting), "{locale}: {email}");
        let german = email["subject"] == "Ihr Passwort wurde geändert";
        assert_eq!(german, locale == "de-AT", "{email}");
    }
}

#[tokio::test]
async fn a_user_who_gets_no_broadcasts_still_gets_every_email_about_the_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    let mut tx = world.app.transaction();
    let chosen = MailPreferences { unsubscribed_at: Some(world.app.now()) };
    tx.save_mail_preferences(ada.id, &chosen).expect("preferences");
    tx.commit().await.expect("the table responds");
    let wanted = [Template::PasswordReset, Template::PasswordChanged, Template::DeletionCancelled];
    for template in wanted {
        write(&world, ada.id, template, None).await;
        world.settle().await;
    }
    let log = log(&world).await;
    for template in wanted {
        let sent = log.iter().find(|email| email["template"] == template.as_str());
        assert_eq!(sent.expect("it is sent")["status"], "sent", "{}", template.as_str());
    }
}

#[tokio::test]
async fn a_change_of_address_is_emailed_once_to_the_previous_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = world.app.id(MessageId::new);
    let mut tx = world.app.transaction();
    tx.queue_mail(
        ada.id,
        &Mail::queued(id, "before@user.example", Template::AddressChanged, world.app.now()),
    )
    .unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        deliver(
            &world,
            &Message::Mail { id, user: ada.id, template: Template::AddressChanged, about: None },
        )
        .await;
        world.settle().await;
    }
    let email = only_email(&world).await;
    assert_eq!(
        (&email["to"], &email["status"]),
        (&Value::from("before@user.example"), &Value::from("sent"))
    );
    assert!(
        body(&email).contains("reply to this email") && !body(&email).contains(&ada.email),
        "{email}"
    );
}

#[tokio::test]
async fn a_message_delivered_twice_is_one_email() {
    let world = world().await;
    let ada = world.person("ada").await;
    let message = Message::Mail {
        id: world.app.id(MessageId::new),
        user: ada.id,
        template: Template::PasswordChanged,
        about: None,
    };
    deliver(&world, &message).await;
    world.settle().await;
    let first = only_email(&world).await;
    world.advance(HOUR);
    deliver(&world, &message).await;
    deliver(&world, &message).await;
    world.settle().await;
    assert_eq!(only_email(&world).await, first);
}

#[tokio::test]
async fn a_run_killed_at_any_call_is_completed_by_the_next() {
    for call in 1..=8 {
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let ada = world.person("ada").await;
            write(&world, ada.id, Template::PasswordChanged, None).await;
            world.interceptor.kill_at(point);
            let finished = world.interceptor.until_killed(world.runner.settle()).await.is_some();
            world.interceptor.reset();
            if finished {
                return;
            }
            world.advance(2 * MINUTE);
            world.runner.release_all().await.expect("the queues respond");
            world.settle().await;
            assert_eq!(only_email(&world).await["status"], "sent", "{point:?}");
            assert_eq!(world.runner.dlq_depth("mail").await.expect("the queue responds"), 0);
        }
    }
    panic!("an email takes fewer calls than this");
}

#[tokio::test]
async fn an_email_claimed_by_another_run_is_retried_later() {
    let world = world().await;
    let ada = world.person("ada").await;
    let message = Message::Mail {
        id: world.app.id(MessageId::new),
        user: ada.id,
        template: Template::PasswordChanged,
        about: None,
    };
    deliver(&world, &message).await;
    // Killed right after the claim: the first call reads the account, the second the template, the
    // third claims the email.
    world.interceptor.kill_at(KillPoint::After(3));
    assert!(world.interceptor.until_killed(world.runner.settle()).await.is_none());
    world.interceptor.reset();
    deliver(&world, &message).await;
    let report = world.runner.settle().await;
    assert_eq!(report.failed.len(), 1, "the claim is still held: {report:?}");
    assert_eq!(only_email(&world).await["status"], "queued");
    world.advance(2 * MINUTE);
    world.runner.release_all().await.expect("the queues respond");
    world.settle().await;
    assert_eq!(only_email(&world).await["status"], "sent");
}

#[tokio::test]
async fn a_message_of_an_unknown_type_is_dead_lettered() {
    let world = world().await;
    let ada = world.person("ada").await;
    world
        .runner
        .send_raw("mail", r#"{"type":"telegram"}"#)
        .await
        .expect("the queue accepts the message");
    write(&world, ada.id, Template::PasswordChanged, None).await;
    world.settle().await;
    assert_eq!(
        world.runner.dlq_depth("mail").await.expect("the queue responds"),
        1,
        "it is dead-lettered immediately"
    );
    assert_eq!(only_email(&world).await["status"], "sent", "the poison message fails alone");
    world.leaves("mail", "the unreadable message is dead-lettered");
}
