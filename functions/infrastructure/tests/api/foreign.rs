//! Permissions on every route: a refusal changes nothing and reveals nothing to other users.

use provost_domain::{BuiltInRole, organisation::MemberRole, user::PortalTier};
use serde_json::json;

use crate::common::{Estate, ask, everything, found, join, world};

#[tokio::test]
async fn every_route_requires_its_permission_and_a_refusal_changes_nothing() {
    let world = world().await;
    let (grace, clerk) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("clerk", BuiltInRole::Staff).await,
    );
    let (ada, eve, mallory) =
        (world.person("ada").await, world.person("eve").await, world.person("mallory").await);
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    join(&world, estate.id, eve.id, MemberRole::Member).await;
    found(&world, &mallory, "other", PortalTier::Enterprise).await;
    let before = everything(&world).await;
    for (method, path, body, changes) in estate.routes() {
        ask(&world.anyone(), &method, &path, &body).await.is(401, "UNAUTHENTICATED");
        // For the owner of another organisation, and for staff without the permission, the
        // organisation does not exist.
        for outsider in [&mallory, &clerk] {
            ask(outsider, &method, &path, &body).await.is(404, "NOT_FOUND");
        }
        if changes {
            ask(&eve, &method, &path, &body).await.is(403, "PERMISSION_DENIED");
        } else {
            let reply = ask(&eve, &method, &path, &body).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
        // Access is checked before the body.
        if !body.is_null() {
            let broken = json!({"nonsense": true});
            ask(&world.anyone(), &method, &path, &broken).await.is(401, "UNAUTHENTICATED");
            ask(&mallory, &method, &path, &broken).await.is(404, "NOT_FOUND");
            ask(&eve, &method, &path, &broken).await.is(403, "PERMISSION_DENIED");
        }
    }
    for (method, path, body) in estate.staff_routes() {
        ask(&world.anyone(), &method, &path, &body).await.is(401, "UNAUTHENTICATED");
        for person in [&ada, &eve, &mallory] {
            ask(person, &method, &path, &body).await.is(403, "ADMIN_REQUIRED");
        }
        ask(&clerk, &method, &path, &body).await.is(403, "PERMISSION_DENIED");
    }
    assert_eq!(everything(&world).await, before, "a refusal changes nothing");
}

#[tokio::test]
async fn ids_of_another_organisation_are_not_found_on_any_route() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let (theirs, own) = (
        Estate::of(&world, &ada, &grace, "apex").await,
        Estate::of(&world, &mallory, &grace, "other").await,
    );
    let before = everything(&world).await;
    let write = json!({"name": "shop", "type": "A", "content": "192.0.2.2"});
    let zones = format!("{}/dns/zones", own.org);
    let mut asked = 0;
    // Staff may change both organisations, but each id still belongs to one of them.
    for someone in [&mallory, &grace] {
        for (method, path, body) in [
            (http::Method::DELETE, format!("{}/servers/{}", own.org, theirs.server), json!(null)),
            (http::Method::GET, format!("{zones}/{}", theirs.zone), json!(null)),
            (http::Method::DELETE, format!("{zones}/{}", theirs.zone), json!(null)),
            (http::Method::POST, format!("{zones}/{}/verify", theirs.zone), json!(null)),
            (http::Method::GET, format!("{zones}/{}/zone-file", theirs.zone), json!(null)),
            (http::Method::GET, format!("{zones}/{}/records", theirs.zone), json!(null)),
            (http::Method::POST, format!("{zones}/{}/records", theirs.zone), write.clone()),
            (
                http::Method::PUT,
                format!("{zones}/{}/records/{}", theirs.zone, theirs.record),
                write.clone(),
            ),
            (
                http::Method::DELETE,
                format!("{zones}/{}/records/{}", theirs.zone, theirs.record),
                json!(null),
            ),
            // The caller's own zone with another organisation's record, and vice versa.
            (
                http::Method::PUT,
                format!("{zones}/{}/records/{}", own.zone, theirs.record),
                write.clone(),
            ),
            (
                http::Method::DELETE,
                format!("{zones}/{}/records/{}", own.zone, theirs.record),
                json!(null),
            ),
            (
                http::Method::PUT,
                format!("{zones}/{}/records/{}", theirs.zone, own.record),
                write.clone(),
            ),
            (
                http::Method::DELETE,
                format!("{zones}/{}/records/{}", theirs.zone, own.record),
                json!(null),
            ),
            (
                http::Method::POST,
                format!("{}/servers", own.org),
                json!({"name": "x", "nodeId": theirs.node}),
            ),
        ] {
            ask(someone, &method, &path, &body).await.is(404, "NOT_FOUND");
            asked += 1;
        }
    }
    assert_eq!(asked, 28);
    assert_eq!(everything(&world).await, before, "nothing changed");
    // The lists contain only the organisation's own items.
    for (path, mine, other) in [
        (format!("{}/servers", own.org), &own.server, &theirs.server),
        (format!("{}/nodes", own.org), &own.node, &theirs.node),
        (zones.clone(), &own.zone, &theirs.zone),
        (format!("{zones}/{}/records", own.zone), &own.record, &theirs.record),
    ] {
        let text = mallory.get(&path).await.ok().to_string();
        assert!(text.contains(mine.as_str()) && !text.contains(other.as_str()), "{path}");
    }
}

#[tokio::test]
async fn unknown_ids_are_not_found_on_every_route() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    let before = everything(&world).await;
    let absent = |id: &str| format!("{}01ARZ3NDEKTSV4RRFFQ69G5FAV", &id[..4]);
    for (method, path, body, _) in estate.routes() {
        // An id that does not exist and malformed ids, for the organisation and for the items below
        // it.
        for id in [
            estate.id.to_string(),
            estate.server.clone(),
            estate.zone.clone(),
            estate.record.clone(),
        ] {
            if !path.contains(&id) {
                continue;
            }
            for other in [absent(&id), id[..29].to_owned(), "nonsense".to_owned(), "%00".to_owned()]
            {
                let path = path.replace(&id, &other);
                for someone in [&ada, &grace] {
                    let reply = ask(someone, &method, &path, &body).await;
                    assert_eq!(reply.status, 404, "{method} {path} returned {}", reply.text());
                }
            }
        }
    }
    for node in [absent(&estate.node), "nonsense".to_owned(), estate.server.clone()] {
        grace
            .post(&format!("/api/nodes/{node}/assign-org"), json!({"organisationId": null}))
            .await
            .is(404, "NOT_FOUND");
    }
    assert_eq!(everything(&world).await, before, "nothing changed");
}

#[tokio::test]
async fn a_removed_member_loses_access_on_the_next_request() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    join(&world, estate.id, bob.id, MemberRole::Admin).await;
    bob.get(&format!("{}/servers", estate.org)).await.ok();
    let mut tx = world.app.transaction();
    tx.remove_member(estate.id, bob.id).expect("a removal");
    tx.commit().await.expect("no concurrent write");
    for (method, path, body, _) in estate.routes() {
        ask(&bob, &method, &path, &body).await.is(404, "NOT_FOUND");
    }
}
