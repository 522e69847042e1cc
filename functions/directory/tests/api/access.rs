//! Who may search, which kinds they see, and which fields a row contains.

use std::collections::BTreeSet;

use provost_domain::{BuiltInRole, Permission};
use serde_json::{Value, json};

use crate::stage::{PRO, found, organisation, path, server, world};

#[tokio::test]
async fn a_search_requires_the_permission_to_list_users() {
    let world = world().await;
    let (ada, clerk) = (world.person("ada").await, world.staff("clerk", BuiltInRole::Staff).await);
    let before = world.user(ada.id).await.expect("the user exists").revision;
    world.anyone().get(&path("ada")).await.is(401, "UNAUTHENTICATED");
    ada.get(&path("ada")).await.is(403, "ADMIN_REQUIRED");
    // Access is checked before anything is read, even for an invalid query.
    world.anyone().get("/api/admin/search?q=").await.is(401, "UNAUTHENTICATED");
    ada.get("/api/admin/search?nonsense").await.is(403, "ADMIN_REQUIRED");
    clerk.get(&path("ada")).await.ok();
    world.edit(clerk.id, |clerk| _ = clerk.denials.insert(Permission::UserList)).await;
    clerk.get(&path("ada")).await.is(403, "PERMISSION_DENIED");
    assert_eq!(
        world.user(ada.id).await.expect("the user exists").revision,
        before,
        "a search changes nothing"
    );
    for method in [http::Method::POST, http::Method::PUT, http::Method::DELETE] {
        clerk
            .ask(method, "/api/admin/search", "", Default::default())
            .await
            .is(405, "METHOD_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn kinds_without_permission_are_absent_and_rejected_when_requested() {
    let world = world().await;
    let (grace, clerk, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("clerk", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let apex = organisation(&world, &ada, "Adamant", "ada").await;
    let box_of = server(&world, apex, "ada's box").await;
    grace
        .post(&format!("/api/admin/users/{}/apply-plan", ada.id), json!({"planId": PRO}))
        .await
        .ok();
    let kinds = |groups: &Value| {
        groups.as_object().expect("groups").keys().cloned().collect::<BTreeSet<_>>()
    };
    for q in ["ada", &ada.email, &ada.id.to_string(), &apex.to_string(), &box_of.to_string(), PRO] {
        assert_eq!(
            kinds(&found(&grace, q).await),
            ["orders", "organisations", "servers", "users"].map(str::to_owned).into(),
            "{q}"
        );
        let theirs = found(&clerk, q).await;
        assert_eq!(kinds(&theirs), ["users".to_owned()].into(), "{q}");
        for told in [apex.to_string(), box_of.to_string(), "Pro Portal".to_owned()] {
            assert!(q == told || !theirs.to_string().contains(&told), "{q} reveals {told}");
        }
    }
    for kind in ["organisations", "servers"] {
        assert_eq!(
            clerk.get(&format!("{}&kind={kind}", path("ada"))).await.is(403, "PERMISSION_DENIED")["missing"],
            json!(["org.read"])
        );
    }
    assert_eq!(
        clerk.get(&format!("{}&kind=orders", path("ada"))).await.is(403, "PERMISSION_DENIED")["missing"],
        json!(["billing.read"])
    );
    // One more permission shows one more kind.
    world.edit(clerk.id, |clerk| _ = clerk.grants.insert(Permission::BillingRead)).await;
    assert_eq!(
        kinds(&found(&clerk, &ada.email).await),
        ["orders", "users"].map(str::to_owned).into()
    );
    world.edit(clerk.id, |clerk| _ = clerk.grants.insert(Permission::OrgRead)).await;
    assert_eq!(kinds(&found(&clerk, "ada").await).len(), 4);
}

#[tokio::test]
async fn a_row_has_only_the_documented_fields_and_no_secret() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let apex = organisation(&world, &ada, "Adamant", "ada").await;
    server(&world, apex, "ada's box").await;
    grace
        .post(&format!("/api/admin/users/{}/apply-plan", ada.id), json!({"planId": PRO}))
        .await
        .ok();
    let groups = found(&grace, &ada.email).await;
    let named = found(&grace, "ada").await;
    let keys =
        |row: &Value| row.as_object().expect("a row").keys().cloned().collect::<BTreeSet<_>>();
    let expected =
        |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        keys(&groups["users"]["rows"][0]),
        expected(&[
            "id",
            "name",
            "email",
            "username",
            "role",
            "status",
            "emailVerified",
            "portalTier",
            "createdAt",
            "lastLoginAt",
            "matchedOn"
        ])
    );
    assert_eq!(
        keys(&groups["orders"]["rows"][0]),
        expected(&[
            "planId",
            "planName",
            "portalTier",
            "appliedAt",
            "userId",
            "userName",
            "matchedOn"
        ])
    );
    assert_eq!(
        keys(&named["organisations"]["rows"][0]),
        expected(&["id", "name", "handle", "ownerId", "portalTier", "createdAt", "matchedOn"])
    );
    assert_eq!(
        keys(&named["servers"]["rows"][0]),
        expected(&["id", "organisationId", "name", "nodeId", "createdAt", "matchedOn"])
    );
    let person = world.user(ada.id).await.expect("the user exists");
    for text in [groups.to_string(), named.to_string()] {
        for secret in [
            person.pseudonym.to_string(),
            "127.0.0.1".to_owned(),
            "session".to_owned(),
            "subjectKey".to_owned(),
        ] {
            assert!(!text.contains(&secret), "{secret}");
        }
    }
}
