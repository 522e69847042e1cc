//! Each email is recorded and sent once, to those who may get it.

use provost_domain::{
    MessageId, UserId,
    mail::{Mail, Template},
    message::{About, Message},
    time::{DAY, HOUR, MINUTE},
};
use provost_store::preferences::MailPreferences;
use provost_testkit::KillPoint;
use serde_json::Value;

use crate::support::*;

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
