//! The cost of a search: a few requests for each kind of text, for any number of users.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::stage::{ENTERPRISE, PRO, organisation, path, server, world};

#[tokio::test]
async fn each_kind_of_search_stays_within_its_budget_and_never_scans() {
    let world = world().await;
    let (grace, clerk, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("clerk", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    for n in 0..60 {
        let someone = world.person(&format!("person{n:02}")).await;
        if n % 2 == 0 {
            world.edit(someone.id, |person| person.first_name = "Xenia".to_owned()).await;
        }
        if n < 25 {
            grace
                .post(
                    &format!("/api/admin/users/{}/apply-plan", someone.id),
                    json!({"planId": ENTERPRISE}),
                )
                .await
                .ok();
        }
    }
    grace
        .post(&format!("/api/admin/users/{}/apply-plan", ada.id), json!({"planId": PRO}))
        .await
        .ok();
    let apex = organisation(&world, &ada, "Person's own", "person-own").await;
    let box_of = server(&world, apex, "person's box").await;
    for n in 0..25 {
        organisation(&world, &ada, &format!("Person {n}"), &format!("person-{n}")).await;
        server(&world, apex, &format!("person {n}")).await;
    }

    world.settle().await;
    grace.get(&path("warm")).await.ok();

    // Text, caller, maximum requests and read units; each includes the access check.
    let texts = [
        ("a user's id", &grace, path(&ada.id.to_string()), 2, 2.0),
        ("an organisation's id", &grace, path(&apex.to_string()), 2, 2.0),
        ("a server's id", &grace, path(&box_of.to_string()), 2, 1.5),
        ("a plan's id, a whole page of holders", &grace, path(ENTERPRISE), 3, 22.0),
        ("an e-mail address", &grace, path(&ada.email), 7, 6.0),
        ("a name that nobody has", &grace, path("nobody"), 6, 6.0),
        ("a beginning, whole pages of every kind", &grace, path("person"), 6, 27.0),
        ("a beginning, users alone", &grace, format!("{}&kind=users", path("person")), 4, 24.0),
        (
            "a beginning, organisations alone",
            &grace,
            format!("{}&kind=organisations", path("person")),
            3,
            3.0,
        ),
        ("a beginning, servers alone", &grace, format!("{}&kind=servers", path("person")), 2, 2.0),
        ("a beginning, who sees users alone", &clerk, path("person"), 4, 24.0),
    ];
    let mut over = Vec::new();
    for (what, by, asked, requests, reads) in &texts {
        world.interceptor.reset();
        let reply = by.get(asked).await;
        let spent = world.interceptor.spent();
        reply.ok();
        if spent.requests() > *requests || spent.reads > reads * 1.1 {
            over.push(format!("{what}: {} requests, {} read units", spent.requests(), spent.reads));
        }
        assert!(
            spent.writes == 0.0 && !spent.calls.keys().any(|call| call.contains("Scan")),
            "{what}: {spent:?}"
        );
    }
    assert!(over.is_empty(), "{over:#?}");
}

#[tokio::test]
async fn being_searchable_costs_one_more_index_write() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world.interceptor.reset();
    let made =
        ada.post("/api/organisations", json!({"name": "Apex", "handle": "apex"})).await.status(201);
    let spent = world.interceptor.spent();
    assert!(spent.index_writes <= 3.0, "{spent:?}");
    let servers = format!("/api/organisations/{}/servers", made["id"].as_str().expect("an id"));
    world.interceptor.reset();
    ada.post(&servers, json!({"name": "Mine"})).await.status(201);
    let spent = world.interceptor.spent();
    assert!(spent.index_writes <= 3.0, "{spent:?}");
    world.interceptor.reset();
    grace
        .post(&format!("/api/admin/users/{}/apply-plan", ada.id), json!({"planId": PRO}))
        .await
        .ok();
    let spent = world.interceptor.spent();
    assert!(spent.index_writes <= 8.0, "{spent:?}");
}
