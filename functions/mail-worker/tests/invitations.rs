//! Emails to addresses without an account: each is in the mail log, is sent once, and is removed
//! with the address's other data.

use provost_domain::{
    BuiltInRole, Email, InviteId, MessageId, OrganisationId, Pseudonym, UserId,
    message::Message,
    organisation::{MemberRole, Organisation},
    organisation_invite::{INVITE_LIFE, Invite, InviteStatus, REMEMBERED},
    time::{HOUR, MINUTE},
};
use provost_local::Function;
use provost_store::organisation_invites::address_key;
use provost_testkit::{KillPoint, World};
use serde_json::{Value, json};

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

fn address() -> Email {
    "someone@elsewhere.example".parse().expect("an address")
}

/// An organisation's open invitation to an address without an account.
async fn invited(world: &World) -> Invite {
    let (app, now) = (&world.app, world.app.now());
    let owner = world.person("ada").await;
    let organisation = Organisation::found(
        app.id(OrganisationId::new),
        "Apex".to_owned(),
        "apex".to_owned(),
        owner.id,
        now,
    );
    let invite = Invite {
        id: app.id(InviteId::new),
        organisation_id: organisation.id,
        address_key: address_key(&address()),
        email: Some(address()),
        role: MemberRole::Member,
        ownership: None,
        status: InviteStatus::Pending,
        invited_by: app.id(Pseudonym::new),
        created_at: now,
        sent_at: now,
        expires_at: now.plus(INVITE_LIFE),
        version: 1,
    };
    let mut tx = app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.create_invite(&invite, None).expect("an invitation");
    tx.commit().await.expect("all of it is new");
    invite
}

fn invitation_message(world: &World, invite: &Invite) -> Message {
    Message::Invitation {
        id: world.app.id(MessageId::new),
        organisation: invite.organisation_id,
        invite: invite.id,
    }
}

async fn deliver(world: &World, message: &Message) {
    world
        .runner
        .send_raw("mail", &serde_json::to_string(message).expect("a message is JSON"))
        .await
        .expect("the queue accepts the message");
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

#[tokio::test]
async fn an_email_to_an_address_without_an_account_is_in_the_mail_log() {
    let world = world().await;
    let invite = invited(&world).await;
    deliver(&world, &invitation_message(&world, &invite)).await;
    world.settle().await;
    let found = only_email(&world).await;
    assert_eq!(
        (&found["to"], &found["status"], &found["template"], &found["userId"]),
        (&json!(address().as_str()), &json!("sent"), &json!("invitation"), &Value::Null)
    );
    assert!(
        found["body"]
            .as_str()
            .is_some_and(|body| body.contains("apex") && body.contains(&invite.id.to_string())),
        "{found}"
    );
}

#[tokio::test]
async fn the_email_expires_with_the_invitation() {
    let world = world().await;
    let invite = invited(&world).await;
    deliver(&world, &invitation_message(&world, &invite)).await;
    world.settle().await;
    let (store, place) = (world.app.store(), format!("ADDRESS#{}", invite.address_key));
    let (keys, _) = store.keys_of(&store.names().accounts, &place, None).await.expect("keys");
    let items = store.batch_get(&store.names().accounts, keys, true).await.expect("emails");
    let ends = invite.expires_at.plus(REMEMBERED).seconds().to_string();
    assert_eq!(
        items.iter().map(|item| item["ttl"].as_n().expect("a number").clone()).collect::<Vec<_>>(),
        [ends]
    );
    store.forget_emails(&address()).await.expect("the table responds");
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn an_invitation_delivered_twice_is_one_email_and_resent_is_two() {
    let world = world().await;
    let invite = invited(&world).await;
    let first = invitation_message(&world, &invite);
    deliver(&world, &first).await;
    deliver(&world, &first).await;
    world.settle().await;
    let before = only_email(&world).await;
    world.advance(HOUR);
    deliver(&world, &invitation_message(&world, &invite)).await;
    world.settle().await;
    // The older message is redelivered after the newer one was sent.
    deliver(&world, &first).await;
    world.settle().await;
    let log = log(&world).await;
    assert_eq!((log.len(), &log[1]), (2, &before));
}

#[tokio::test]
async fn no_email_is_sent_for_an_ended_invitation() {
    let world = world().await;
    let invite = invited(&world).await;
    let ended =
        invite.clone().end(InviteStatus::Revoked, world.app.now()).expect("the invitation is open");
    let mut tx = world.app.transaction();
    tx.save_invite(&ended).expect("an invitation");
    tx.commit().await.expect("no concurrent write");
    deliver(&world, &invitation_message(&world, &invite)).await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn a_run_killed_at_any_call_is_completed_by_the_next() {
    for call in 1..=10 {
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let invite = invited(&world).await;
            deliver(&world, &invitation_message(&world, &invite)).await;
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
