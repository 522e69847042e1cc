//! An organisation's life cycle, with an owner, an admin, a member and an outsider.

use http::Method;
use provost_domain::{BuiltInRole, OrganisationId, organisation::Organisation, reserved::HELD_FOR};
use serde_json::json;

use crate::common::{found, hand_over, invite, join, pixel, roles, world};

#[tokio::test]
async fn an_organisation_from_its_creation_to_its_deletion() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let org = found(&ada, "apex-gaming").await;
    let shown = ada.get(&org).await.ok();
    assert_eq!(
        (
            &shown["handle"],
            &shown["ownerId"],
            &shown["portalTier"],
            &shown["avatarUrl"],
            &shown["maxServers"]
        ),
        (
            &json!("apex-gaming"),
            &json!(ada.id.to_string()),
            &json!("free"),
            &json!(null),
            &json!(2)
        )
    );
    join(&ada, &org, &bob, "admin").await;
    join(&bob, &org, &eve, "member").await;
    assert_eq!(
        roles(&eve, &org).await.iter().map(|(_, role)| role.as_str()).collect::<Vec<_>>(),
        ["owner", "admin", "member"]
    );
    let seen = eve.get(&format!("{org}/users")).await.ok();
    assert!(
        seen["data"][0].get("email").is_none() && seen["data"][0]["redacted"][0] == "email",
        "a member does not see addresses: {seen}"
    );
    assert!(bob.get(&format!("{org}/users")).await.ok()["data"][0]["email"].is_string());

    let renamed = bob.put(&org, json!({"name": "Apex", "handle": "apex"})).await.ok();
    assert_eq!(renamed["handle"], "apex");
    // The former handle stays reserved for the organisation, to prevent impersonation.
    eve.post("/api/organisations", json!({"name": "Eve's", "handle": "apex-gaming"}))
        .await
        .is(409, "CONTACT_RESERVED");
    found(&eve, "eves").await;
    assert_eq!(eve.get("/api/organisations").await.ok()["pagination"]["total"], 2);

    eve.post(&format!("{org}/select"), json!({})).await.ok();
    assert_eq!(
        json!(format!(
            "/api/organisations/{}",
            eve.get("/api/users/me").await.ok()["activeOrganisationId"].as_str().expect("selected")
        )),
        json!(org)
    );
    eve.post(&format!("{org}/leave"), json!({})).await.status(204);
    assert!(
        eve.get("/api/users/me").await.ok().get("activeOrganisationId").is_none(),
        "the active organisation is reset after leaving"
    );
    eve.get(&org).await.is(404, "NOT_FOUND");

    let activity = ada.get(&format!("{org}/activity?limit=3")).await.ok();
    assert_eq!(activity["data"][0]["action"], "organisation.member_left");
    assert_eq!(
        (&activity["data"][0]["actor"]["id"], &activity["data"][0]["member"]),
        (&json!(eve.id.to_string()), &json!(eve.id.to_string()))
    );
    assert_eq!(
        activity["data"][1]["changes"]["handle"],
        json!({"before": "apex-gaming", "after": "apex"})
    );
    assert_eq!(activity["pagination"]["total"], 8);
    let cursor = activity["pagination"]["nextCursor"].as_str().expect("there is more").to_owned();
    assert_eq!(
        ada.get(&format!("{org}/activity?limit=200&cursor={cursor}")).await.ok()["data"]
            .as_array()
            .map(Vec::len),
        Some(5)
    );

    bob.delete(&org).await.is(403, "PERMISSION_DENIED");
    ada.delete(&org).await.status(204);
    for someone in [&ada, &bob] {
        someone.get(&org).await.is(404, "NOT_FOUND");
        assert_eq!(someone.get("/api/organisations").await.ok()["pagination"]["total"], 0);
    }
    bob.post("/api/organisations", json!({"name": "Bob's", "handle": "apex"}))
        .await
        .is(409, "CONTACT_RESERVED");
    found(&ada, "apex").await;
    world.settle().await;
}

#[tokio::test]
async fn a_former_handle_is_reserved_for_thirty_days() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let org = found(&ada, "first").await;
    ada.put(&org, json!({"handle": "second"})).await.ok();
    let wish = json!({"name": "Bob's", "handle": "first"});
    let refused = bob.post("/api/organisations", wish.clone()).await.is(409, "CONTACT_RESERVED");
    assert_eq!(refused["field"], "handle");
    let other = found(&bob, "bobs").await;
    bob.put(&other, json!({"handle": "first"})).await.is(409, "CONTACT_RESERVED");
    bob.put(&other, json!({"handle": "second"})).await.is(409, "ALREADY_EXISTS");
    assert_eq!(
        ada.put(&org, json!({"handle": "first"})).await.ok()["handle"],
        "first",
        "the organisation may take it back"
    );
    bob.put(&other, json!({"handle": "second"})).await.is(409, "CONTACT_RESERVED");
    assert_eq!(ada.put(&org, json!({"handle": "third"})).await.ok()["handle"], "third");

    let given_up = world.app.now();
    for (moment, free) in [(HELD_FOR - 1, false), (HELD_FOR, true)] {
        world.advance(given_up.plus(moment).since(world.app.now()));
        let wished = Organisation::found(
            world.app.id(OrganisationId::new),
            "Bob's".to_owned(),
            "first".to_owned(),
            bob.id,
            world.app.now(),
        );
        let mut tx = world.app.transaction();
        tx.create_organisation(&wished).expect("an organisation");
        assert_eq!(tx.commit().await.is_ok(), free);
    }
}

#[tokio::test]
async fn handles_that_suggest_the_platform_are_rejected() {
    let world = world().await;
    let ada = world.person("ada").await;
    let org = found(&ada, "apex").await;
    for handle in ["admin", "root", "api", "www", "support", "null", "ad-min", "no-reply"] {
        let refused = ada
            .post("/api/organisations", json!({"name": "x", "handle": handle}))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!("handle"), &json!("reserved")),
            "{handle}"
        );
        ada.put(&org, json!({"handle": handle})).await.is(422, "VALIDATION_FAILED");
    }
    for name in ["\u{3164}", "Ap\u{ad}ex"] {
        ada.put(&org, json!({"name": name})).await.is(422, "VALIDATION_FAILED");
    }
    assert_eq!(ada.put(&org, json!({"name": "ශ්\u{200d}රී"})).await.ok()["name"], "ශ්\u{200d}රී");
}

#[tokio::test]
async fn each_role_has_its_permissions_and_outsiders_get_not_found() {
    let world = world().await;
    let (ada, bob, eve, mallory) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("eve").await,
        world.person("mallory").await,
    );
    let (reader, admin) = (
        world.staff("reader", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "admin").await;
    join(&ada, &org, &eve, "member").await;
    let invited = invite(&ada, &org, "someone@example.org").await;
    let before = roles(&ada, &org).await;
    // Method, path, and whether a member and an admin have access. The body is always invalid, so
    // any response other than 403 shows that access was granted.
    let routes = [
        (Method::GET, String::new(), true, true),
        (Method::PUT, String::new(), false, true),
        (Method::DELETE, String::new(), false, false),
        (Method::GET, "/users".into(), true, true),
        (Method::GET, "/activity".into(), true, true),
        (Method::POST, "/invite".into(), false, true),
        (Method::POST, format!("/invite/{invited}/resend"), false, true),
        (
            Method::DELETE,
            format!("/invite/{}", world.app.id(provost_domain::InviteId::new)),
            false,
            true,
        ),
        (Method::POST, "/add-user".into(), false, false),
        (Method::POST, format!("/users/{}/role", eve.id), false, false),
        (
            Method::DELETE,
            format!("/users/{}", world.app.id(provost_domain::UserId::new)),
            false,
            true,
        ),
    ];
    let broken = || bytes::Bytes::from_static(b"{\"nothing\": 1}");
    for (method, below, member, runs) in &routes {
        let path = format!("{org}{below}");
        let ask = async |someone: &provost_testkit::Someone<'_>| {
            if *method == Method::GET {
                someone.get(&path).await
            } else {
                someone.ask(method.clone(), &path, "application/json", broken()).await
            }
        };
        ask(&world.anyone()).await.is(401, "UNAUTHENTICATED");
        for outsider in [&mallory, &reader] {
            assert!(
                ask(outsider).await.is(404, "NOT_FOUND")["detail"]
                    .as_str()
                    .is_some_and(|said| said.contains("organisation")),
                "{method} {path}"
            );
        }
        for (someone, may) in [(&eve, member), (&bob, runs)] {
            let reply = ask(someone).await;
            assert_eq!(reply.status != 403, *may, "{method} {path}: {}", reply.text());
            assert!(*may || reply.status == 403, "{method} {path}: {}", reply.text());
        }
        assert!(
            !matches!(ask(&admin).await.status.as_u16(), 401 | 403),
            "{method} {path} is open to staff too"
        );
    }
    assert_eq!(roles(&ada, &org).await, before, "nothing changed");
    for below in ["leave", "select"] {
        mallory.post(&format!("{org}/{below}"), json!({})).await.is(404, "NOT_FOUND");
        admin.post(&format!("{org}/{below}"), json!({})).await.is(404, "NOT_FOUND");
        ada.post(&format!("/api/organisations/org_01ARZ3NDEKTSV4RRFFQ69G5FAV/{below}"), json!({}))
            .await
            .is(404, "NOT_FOUND");
        ada.post(&format!("/api/organisations/no-such-thing/{below}"), json!({}))
            .await
            .is(404, "NOT_FOUND");
    }
    world.settle().await;
}

#[tokio::test]
async fn the_owner_cannot_leave_before_transferring_the_ownership() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "admin").await;
    join(&ada, &org, &eve, "member").await;
    ada.post(&format!("{org}/leave"), json!({})).await.is(409, "SOLE_OWNER");
    bob.delete(&format!("{org}/users/{}", ada.id)).await.is(409, "SOLE_OWNER");
    ada.post(&format!("{org}/users/{}/role", ada.id), json!({"role": "member"}))
        .await
        .is(409, "SOLE_OWNER");
    bob.post(&format!("{org}/users/{}/role", bob.id), json!({"role": "owner"}))
        .await
        .is(403, "PERMISSION_DENIED");

    hand_over(&ada, &org, &bob).await;
    assert_eq!(bob.get(&org).await.ok()["ownerId"], json!(bob.id.to_string()));
    assert_eq!(ada.get(&org).await.ok()["role"], "admin");
    ada.post(&format!("{org}/users/{}/role", eve.id), json!({"role": "owner"}))
        .await
        .is(403, "PERMISSION_DENIED");
    bob.delete(&format!("{org}/users/{}", eve.id)).await.status(204);
    bob.delete(&format!("{org}/users/{}", eve.id)).await.is(404, "NOT_FOUND");
    ada.post(&format!("{org}/leave"), json!({})).await.status(204);
    assert_eq!(roles(&bob, &org).await.len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn staff_can_set_the_tier_and_add_users_who_are_notified() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    ada.put(&org, json!({"portalTier": "enterprise"})).await.is(403, "ADMIN_REQUIRED");
    assert_eq!(
        grace.put(&org, json!({"portalTier": "paid", "reason": "invoice 7"})).await.ok()["maxServers"],
        10
    );
    grace
        .post(&format!("{org}/add-user"), json!({"email": bob.email, "role": "owner"}))
        .await
        .is(422, "VALIDATION_FAILED");
    grace
        .post(&format!("{org}/add-user"), json!({"email": "nobody@example.org"}))
        .await
        .is(404, "INVALID_USER_ID");
    grace
        .post(&format!("{org}/add-user"), json!({"userId": bob.id, "email": bob.email}))
        .await
        .is(422, "VALIDATION_FAILED");
    grace
        .post(
            &format!("{org}/add-user"),
            json!({"userId": bob.id, "role": "admin", "reason": "asked by the owner"}),
        )
        .await
        .status(201);
    grace
        .post(&format!("{org}/add-user"), json!({"userId": bob.id}))
        .await
        .is(409, "ALREADY_EXISTS");
    assert_eq!(roles(&bob, &org).await.len(), 2);
    let notified = world
        .app
        .store()
        .notifications(
            bob.id,
            &provost_domain::page::PageRequest {
                from: provost_domain::page::PageFrom::Page(1),
                limit: 10,
            },
            world.app.now(),
        )
        .await
        .expect("notifications");
    assert_eq!(notified.total, 1);
    let activity = ada.get(&format!("{org}/activity")).await.ok();
    assert_eq!(
        activity["data"][0]["actor"],
        json!({"type": "staff"}),
        "members do not see which staff member it was"
    );
    assert_eq!(
        grace.get(&format!("{org}/activity")).await.ok()["data"][0]["actor"]["id"],
        json!(grace.id.to_string())
    );
}

#[tokio::test]
async fn access_to_an_organisation_is_decided_by_one_read() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let org = found(&ada, "apex-gaming").await;
    world.interceptor.reset();
    mallory.get(&org).await.is(404, "NOT_FOUND");
    assert_eq!(world.interceptor.calls(), 1);
}

#[tokio::test]
async fn an_avatar_is_shown_and_deleted_with_the_organisation() {
    let world = world().await;
    let (ada, bob, mallory) =
        (world.person("ada").await, world.person("bob").await, world.person("mallory").await);
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "member").await;
    let path = format!("{org}/avatar");
    let send = async |someone: &provost_testkit::Someone<'_>, media: &str, bytes: bytes::Bytes| {
        someone.ask(Method::POST, &path, media, bytes).await
    };
    send(&mallory, "image/png", pixel()).await.is(404, "NOT_FOUND");
    send(&bob, "image/png", pixel()).await.is(403, "PERMISSION_DENIED");
    send(&ada, "text/plain", pixel()).await.is(415, "UNSUPPORTED_MEDIA");
    assert!(
        send(&ada, "image/png", bytes::Bytes::from_static(b"no picture"))
            .await
            .status
            .is_client_error()
    );
    assert!(ada.get(&org).await.ok()["avatarUrl"].is_null());
    send(&ada, "image/png", pixel()).await.ok();
    send(&ada, "image/png", pixel()).await.ok();
    assert!(
        bob.get(&org).await.ok()["avatarUrl"]
            .as_str()
            .is_some_and(|url| url.contains("/organisations/org_"))
    );
    let store = world.app.store();
    let folder = format!("{}/", org.trim_start_matches("/api/"));
    ada.delete(&org).await.status(204);
    assert_eq!(
        store.erase_objects(&store.names().files, &folder).await.expect("a bucket"),
        0,
        "no version of the avatar is left"
    );
    world.settle().await;
}
