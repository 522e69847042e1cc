//! Actors in words, and dates in a time zone.

use provost_domain::{
    AuditId, BuiltInRole, Pseudonym, RequestId, Timestamp,
    audit::{Actor, Changes, Entry, Origin, Resource, Subject},
    secret::SubjectKey,
};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use crate::{LOGS, world};

pub fn entry(world: &World, actor: Actor, at: &str) -> Entry {
    Entry {
        id: world.app.id(AuditId::new),
        at: at.parse().expect("a time"),
        actor,
        action: "setting.changed",
        resource: Resource::Other { kind: "setting", id: "set_1".to_owned() },
        success: true,
        reason: None,
        changes: Changes::new(),
        origin: Origin {
            ip: None,
            user_agent: None,
            request_id: world.app.id(RequestId::new),
            route: "PATCH /api/admin/settings".to_owned(),
            api_key: false,
        },
    }
}

async fn names(asker: &Someone<'_>, query: &str) -> Vec<Value> {
    let page = asker.get(&format!("{LOGS}?action=setting.changed{query}")).await.ok();
    page["data"].as_array().expect("rows").iter().map(|row| row["actorName"].clone()).collect()
}

#[tokio::test]
async fn every_actor_is_named_in_words_and_can_be_filtered() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    // A subject without a stored key is a user who was erased.
    let gone = Subject {
        user: world.person("ada").await.id,
        pseudonym: world.app.id(Pseudonym::new),
        key: SubjectKey([7; 32]),
    };
    let joined = world.user(joan.id).await.expect("the user exists").subject();
    let mut with_key = entry(&world, Actor::User(joined.clone()), "2026-11-20T10:00:00Z");
    with_key.origin.api_key = true;
    let mut by_user = entry(&world, Actor::User(gone.clone()), "2026-11-20T10:00:01Z");
    by_user.origin.route = "PUT /api/users/me".to_owned();
    let entries = [
        with_key,
        by_user,
        entry(&world, Actor::User(gone.clone()), "2026-11-20T10:00:02Z"),
        entry(&world, Actor::Service("stripe".to_owned()), "2026-11-20T10:00:03Z"),
        entry(&world, Actor::System("scheduler"), "2026-11-20T10:00:04Z"),
        entry(&world, Actor::Cli, "2026-11-20T10:00:05Z"),
        entry(&world, Actor::Anonymous, "2026-11-20T10:00:06Z"),
        entry(&world, Actor::User(joined), "2026-11-20T10:00:07Z"),
    ];
    for entry in entries {
        world.app.store().audit(entry).await.expect("the table responds");
    }
    let id = joan.id.to_string();
    let key = format!("{id} (API key)");
    assert_eq!(
        names(&joan, "").await,
        [
            id.as_str(),
            "not signed in",
            "command line",
            "system:scheduler",
            "service:stripe",
            "erased member of staff",
            "erased user",
            key.as_str(),
        ]
    );
    assert_eq!(names(&joan, "&admin=api_key").await, [key.as_str()]);
    assert_eq!(names(&joan, "&admin=service:stripe").await, ["service:stripe"]);
    assert_eq!(names(&joan, &format!("&admin={}", gone.pseudonym)).await.len(), 2);
    assert_eq!(names(&joan, "&search=erased%20member").await, ["erased member of staff"]);
}

#[tokio::test]
async fn a_request_with_an_api_key_is_recorded_as_one() {
    let world = World::of(|app| {
        [fn_audit::routes(), fn_staff_users::routes(), fn_credentials::routes()]
            .map(|routes| {
                provost_local::Function::http(routes.function, routes.router(app.clone()))
            })
            .into()
    })
    .await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let key = joan.post("/api/apikeys", json!({"name": "program"})).await.status(201);
    let program = joan.with_token(key["key"].as_str().expect("the key is shown once"));
    program
        .post(
            &format!("/api/admin/users/{}/ban", ada.id),
            json!({"type": "permanent", "reason": "Sells spam"}),
        )
        .await
        .ok();
    let page = joan.get(&format!("{LOGS}?admin=api_key")).await.ok();
    assert_eq!(
        (&page["pagination"]["total"], &page["data"][0]["action"], &page["data"][0]["actorName"]),
        (&1.into(), &"user.banned".into(), &format!("{} (API key)", joan.id).into())
    );
}

#[tokio::test]
async fn a_date_is_the_whole_day_in_the_time_zone() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    // Clocks in Berlin go forward on 2026-03-29, so the day ends 23 hours after its start.
    let times = [
        "2026-03-28T22:59:59.999Z",
        "2026-03-28T23:00:00.000Z",
        "2026-03-29T21:59:59.999Z",
        "2026-03-29T22:00:00.000Z",
    ];
    for at in times {
        let entry = entry(&world, Actor::Cli, at);
        world.app.store().audit(entry).await.expect("the table responds");
    }
    let listed = async |query: &str| -> Vec<Timestamp> {
        let page = joan.get(&format!("{LOGS}?admin=cli&{query}")).await.ok();
        let rows = page["data"].as_array().expect("rows").iter();
        rows.map(|row| row["at"].as_str().expect("a time").parse().expect("a time")).collect()
    };
    let expected = |wanted: &[&str]| -> Vec<Timestamp> {
        wanted.iter().rev().map(|at| at.parse().expect("a time")).collect()
    };
    assert_eq!(
        listed("from=2026-03-29&to=2026-03-29&tz=Europe/Berlin").await,
        expected(&times[1..3])
    );
    assert_eq!(listed("from=2026-03-29&to=2026-03-29").await, expected(&times[2..]));
    assert_eq!(
        listed(&format!("from={0}&to={0}&tz=Europe/Berlin", times[3])).await,
        expected(&times[3..]),
        "a time is that instant in every zone"
    );
    for tz in ["Berlin", "", "+02:00"] {
        let problem = joan.get(&format!("{LOGS}?tz={tz}")).await.is(422, "VALIDATION_FAILED");
        assert_eq!(problem["errors"][0]["field"], "tz", "{tz}");
    }
}
