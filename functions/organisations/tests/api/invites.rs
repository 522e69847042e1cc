//! Invitations: for one address, valid for a week, answered once.

use provost_domain::{
    BuiltInRole, InviteId, OrganisationId,
    organisation::MAX_OWNED,
    organisation_invite::{INVITE_LIFE, INVITES, Invite, InviteStatus},
    time::{DAY, HOUR, MINUTE},
};
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::common::{found, hand_over, invite, join, roles, world};

fn answer(id: &str, how: &str) -> String {
    format!("/api/organisations/invites/{id}/{how}")
}

/// The texts of the emails to a user.
async fn emails(world: &World, person: &Someone<'_>) -> Vec<String> {
    world.settle().await;
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &format!("USER#{}", person.id), None)
        .await
        .expect("keys");
    let emails = keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).collect();
    let items = store.batch_get(&store.names().accounts, emails, true).await.expect("emails");
    items
        .iter()
        .filter_map(|item| item.get("body").and_then(|body| body.as_s().ok().cloned()))
        .collect()
}

#[tokio::test]
async fn an_invitation_is_notified_and_emailed_and_accepted_once() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let org = found(&ada, "apex-gaming").await;
    let id = invite(&ada, &org, &bob.email.to_uppercase()).await;
    let emails = emails(&world, &bob).await;
    assert!(
        emails.len() == 1
            && emails[0].contains("apex-gaming")
            && emails[0].contains(&id)
            && !emails[0].contains("Apex Gaming"),
        "{emails:?}"
    );
    let mine = bob.get("/api/organisations/invites").await.ok();
    assert_eq!(
        (&mine["data"][0]["id"], &mine["data"][0]["organisationName"]),
        (&json!(id), &json!("Apex Gaming"))
    );
    assert_eq!(eve.get("/api/organisations/invites").await.ok()["pagination"]["total"], 0);

    eve.post(&answer(&id, "accept"), json!({})).await.is(404, "NOT_FOUND");
    eve.post(&answer(&id, "reject"), json!({})).await.is(404, "NOT_FOUND");
    world.anyone().post(&answer(&id, "accept"), json!({})).await.is(401, "UNAUTHENTICATED");
    bob.post(&answer(&id, "accept"), json!({})).await.ok();
    bob.post(&answer(&id, "accept"), json!({})).await.is(409, "INVALID_ACTION");
    bob.post(&answer(&id, "reject"), json!({})).await.is(409, "INVALID_ACTION");
    ada.delete(&format!("{org}/invite/{id}")).await.is(409, "INVALID_ACTION");
    ada.post(&format!("{org}/invite"), json!({"email": bob.email})).await.is(409, "ALREADY_EXISTS");
    assert_eq!(bob.get("/api/organisations/invites").await.ok()["pagination"]["total"], 0);
    assert_eq!(roles(&bob, &org).await.len(), 2);
}

#[tokio::test]
async fn an_unconfirmed_address_cannot_accept() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let org = found(&ada, "apex-gaming").await;
    world.edit(bob.id, |user| user.email_verified = false).await;
    let id = invite(&ada, &org, &bob.email).await;
    assert!(
        emails(&world, &bob).await.is_empty(),
        "an account with an unconfirmed address gets no email"
    );
    assert_eq!(bob.get("/api/organisations/invites").await.ok()["pagination"]["total"], 0);
    bob.post(&answer(&id, "accept"), json!({})).await.is(403, "PERMISSION_DENIED");
    world.edit(bob.id, |user| user.email_verified = true).await;
    bob.post(&answer(&id, "accept"), json!({})).await.ok();
}

#[tokio::test]
async fn an_expired_revoked_or_rejected_invitation_cannot_be_accepted() {
    let world = world().await;
    let (mut ada, mut bob) = (world.person("ada").await, world.person("bob").await);
    let org = found(&ada, "apex-gaming").await;
    let first = invite(&ada, &org, &bob.email).await;
    ada.post(&format!("{org}/invite"), json!({"email": bob.email})).await.is(409, "ALREADY_EXISTS");
    ada.delete(&format!("{org}/invite/{first}")).await.status(204);
    bob.post(&answer(&first, "accept"), json!({})).await.is(410, "LINK_REVOKED");
    bob.post(&answer(&first, "reject"), json!({})).await.is(410, "LINK_REVOKED");
    ada.delete(&format!("{org}/invite/{first}")).await.is(410, "LINK_REVOKED");
    ada.post(&format!("{org}/invite/{first}/resend"), json!({})).await.is(410, "LINK_REVOKED");

    let second = invite(&ada, &org, &bob.email).await;
    bob.post(&answer(&first, "accept"), json!({})).await.is(404, "NOT_FOUND");
    assert_eq!(bob.post(&answer(&second, "reject"), json!({})).await.ok()["status"], "rejected");
    bob.post(&answer(&second, "accept"), json!({})).await.is(409, "INVALID_ACTION");
    ada.post(&format!("{org}/invite/{second}/resend"), json!({})).await.is(409, "INVALID_ACTION");

    let third = invite(&ada, &org, &bob.email).await;
    world.advance(7 * DAY);
    for someone in [&mut ada, &mut bob] {
        someone.renew().await;
    }
    for how in ["accept", "reject"] {
        bob.post(&answer(&third, how), json!({})).await.is(410, "LINK_EXPIRED");
    }
    ada.delete(&format!("{org}/invite/{third}")).await.is(410, "LINK_EXPIRED");
    assert_eq!(bob.get("/api/organisations/invites").await.ok()["pagination"]["total"], 0);
    ada.post(&format!("{org}/invite/{third}/resend"), json!({})).await.is(410, "LINK_EXPIRED");
    let fourth = invite(&ada, &org, &bob.email).await;
    bob.post(&answer(&fourth, "accept"), json!({})).await.ok();
    world.settle().await;
}

#[tokio::test]
async fn an_invitation_can_be_resent_at_most_once_a_minute() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let org = found(&ada, "apex-gaming").await;
    let id = invite(&ada, &org, &bob.email).await;
    world.advance(MINUTE - 1);
    assert_eq!(
        ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.is(429, "RATE_LIMITED")["retryAfter"],
        1
    );
    world.advance(1);
    ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.ok();
    ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.is(429, "RATE_LIMITED");
    assert_eq!(emails(&world, &bob).await.len(), 2);
    let shown = ada.get(&org).await.ok();
    assert_eq!(shown["invites"][0]["email"], json!(bob.email));
}

#[tokio::test]
async fn an_external_invitee_can_join_after_confirming_the_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    let org = found(&ada, "apex-gaming").await;
    let id = invite(&ada, &org, "new@user.example").await;
    world.settle().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let log = root.get("/api/admin/email/logs?to=new@user.example").await.ok();
    let letter = &log["data"][0];
    assert_eq!(
        (&letter["status"], &letter["template"], &letter["userId"]),
        (&json!("sent"), &json!("invitation"), &json!(null)),
        "{log}"
    );
    assert!(
        letter["body"]
            .as_str()
            .is_some_and(|body| body.contains(&id) && body.contains("apex-gaming")),
        "{log}"
    );
    let new = world.person("new").await;
    assert_eq!(new.email, "new@user.example");
    new.post(&answer(&id, "accept"), json!({})).await.ok();
    assert_eq!(roles(&new, &org).await.len(), 2);
}

#[tokio::test]
async fn an_invitation_of_another_organisation_does_not_exist() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let (org, other) = (found(&ada, "apex-gaming").await, found(&bob, "other").await);
    join(&ada, &org, &eve, "member").await;
    let id = invite(&ada, &org, "someone@example.org").await;
    bob.delete(&format!("{other}/invite/{id}")).await.is(404, "NOT_FOUND");
    bob.post(&format!("{other}/invite/{id}/resend"), json!({})).await.is(404, "NOT_FOUND");
    bob.delete(&format!("{other}/users/{}", eve.id)).await.is(404, "NOT_FOUND");
    bob.post(&format!("{other}/users/{}/role", eve.id), json!({"role": "admin"}))
        .await
        .is(404, "NOT_FOUND");
    assert_eq!(roles(&ada, &org).await.len(), 2);
    world.settle().await;
}

#[tokio::test]
async fn an_open_invitation_is_listed_among_many_later_ended_ones() {
    let world = world().await;
    let ada = world.person("ada").await;
    let org = found(&ada, "apex-gaming").await;
    let open = invite(&ada, &org, "someone@example.org").await;
    let organisation_id: OrganisationId =
        org.replace("/api/organisations/", "").parse().expect("an id");
    let now = world.app.now();
    for chunk in (0..220).collect::<Vec<_>>().chunks(44) {
        let mut tx = world.app.transaction();
        for n in chunk {
            let invite = Invite {
                id: world.app.id(InviteId::new),
                organisation_id,
                email: None,
                address_key: format!("{n:064}"),
                role: provost_domain::organisation::MemberRole::Member,
                ownership: None,
                status: InviteStatus::Revoked,
                invited_by: world.app.id(provost_domain::Pseudonym::new),
                created_at: now,
                sent_at: now,
                expires_at: now.plus(INVITE_LIFE),
                version: 1,
            };
            tx.create_invite(&invite, None).expect("an invitation");
        }
        tx.commit().await.expect("no invitation exists yet");
    }
    let shown = ada.get(&org).await.ok();
    assert_eq!(
        (shown["invites"].as_array().map(Vec::len), &shown["invites"][0]["id"]),
        (Some(1), &json!(open))
    );
    world.settle().await;
}

#[tokio::test]
async fn inviting_requires_a_confirmed_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    let org = found(&ada, "apex-gaming").await;
    let id = invite(&ada, &org, "someone@example.org").await;
    world.advance(MINUTE);
    world.edit(ada.id, |user| user.email_verified = false).await;
    ada.post(&format!("{org}/invite"), json!({"email": "other@example.org"}))
        .await
        .is(403, "PERMISSION_DENIED");
    ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.is(403, "PERMISSION_DENIED");
    world.edit(ada.id, |user| user.email_verified = true).await;
    ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.ok();
    world.settle().await;
}

#[tokio::test]
async fn invitations_and_resends_are_rate_limited_per_sender_across_organisations() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (org, other) = (found(&ada, "apex-gaming").await, found(&ada, "other").await);
    join(&ada, &org, &bob, "admin").await;
    let id = invite(&ada, &org, "someone@example.org").await;
    world.advance(MINUTE);
    // Two were sent already.
    for _ in 2..INVITES.most {
        #[expect(clippy::disallowed_methods, reason = "the setup, without a hundred emails")]
        let counted = world
            .app
            .store()
            .attempt_once(INVITES, &ada.id.to_string(), None, world.app.now())
            .await
            .expect("the table responds");
        assert_eq!(counted, None, "the limit is not reached");
    }
    ada.post(&format!("{other}/invite"), json!({"email": "other@example.org"}))
        .await
        .is(429, "RATE_LIMITED");
    ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.is(429, "RATE_LIMITED");
    bob.post(&format!("{org}/invite/{id}/resend"), json!({})).await.ok();
    world.advance(HOUR);
    let mut ada = ada;
    ada.renew().await;
    ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await.ok();
    world.settle().await;
}

#[tokio::test]
async fn a_user_cannot_own_more_organisations_than_the_limit() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let own = async |person: &Someone<'_>, handle: String| {
        let id = world.app.id(OrganisationId::new);
        let organisation = provost_domain::organisation::Organisation::found(
            id,
            handle.clone(),
            handle,
            person.id,
            world.app.now(),
        );
        let mut tx = world.app.transaction();
        tx.create_organisation(&organisation).expect("an organisation");
        tx.commit().await.expect("the handle is free");
    };
    for n in 1..MAX_OWNED {
        own(&ada, format!("apex-{n}")).await;
    }
    let last = found(&ada, "the-last").await;
    let refused = ada
        .post("/api/organisations", json!({"name": "Apex", "handle": "one-more"}))
        .await
        .is(409, "TIER_LIMIT");
    assert_eq!(refused["limit"], MAX_OWNED);
    let org = found(&bob, "of-bob").await;
    join(&bob, &org, &ada, "member").await;
    bob.post(&format!("{org}/users/{}/role", ada.id), json!({"role": "owner"}))
        .await
        .is(409, "TIER_LIMIT");
    ada.delete(&last).await.status(204);
    hand_over(&bob, &org, &ada).await;
    world.settle().await;
}

#[tokio::test]
async fn only_the_owner_and_staff_can_invite_admins() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "admin").await;
    let path = format!("{org}/invite");
    let body = |name: &str| json!({"email": format!("{name}@example.org"), "role": "admin"});
    bob.post(&path, body("one")).await.is(403, "PERMISSION_DENIED");
    bob.post(&path, json!({"email": "one@example.org"})).await.status(201);
    ada.post(&path, body("two")).await.status(201);
    grace.post(&path, body("three")).await.status(201);
    world.settle().await;
}
