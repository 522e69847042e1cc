//! Concurrent writes: whenever DynamoDB cancels a request because another transaction holds an
//! item, the caller gets the right response, limits count once, and nothing is lost or done twice.

use futures_util::future::join_all;
use provost_domain::{BuiltInRole, Status, UserId, time::DAY};
use provost_testkit::{Someone, World, people::PASSWORD};
use serde_json::{Value, json};

fn registration(name: &str) -> Value {
    json!({ "email": format!("{name}@example.org"), "password": PASSWORD, "firstName": "New", "lastName": "Person" })
}

async fn register(world: &World, name: &str) -> provost_testkit::Reply {
    world.anyone().post("/api/users/register", registration(name)).await
}

/// The actions in the audit log about a user, newest first.
async fn actions(world: &World, user: UserId) -> Vec<String> {
    let pseudonym = world.user(user).await.expect("the user exists").pseudonym;
    let entries =
        world.app.store().recent_entries_about(pseudonym, 100).await.expect("the table responds");
    entries.into_iter().map(|entry| entry.action).collect()
}

/// The number of emails that are queued for a user.
async fn waiting(world: &World, user: UserId) -> usize {
    let waiting = world
        .app
        .store()
        .overdue_messages(world.app.now().plus(DAY), 100)
        .await
        .expect("the table responds");
    waiting
        .iter()
        .filter(|waiting| matches!(&waiting.message, provost_domain::message::Message::Mail { user: to, .. } if *to == user))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_with_a_write_conflict_succeeds_once_and_counts_once() {
    let world = crate::world().await;
    for number in 0..5 {
        if number % 2 == 0 {
            world.interceptor.conflict_once(1);
        } else {
            world.interceptor.single_conflict_once(1);
        }
        register(&world, &format!("person{number}")).await.status(201);
    }
    assert_eq!(world.interceptor.refused_writes(), 5, "each had a conflict");
    world.interceptor.reset();
    register(&world, "person5").await.is(429, "RATE_LIMITED");
    assert_eq!(world.app.store().count_users().await.expect("the table responds"), 5);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_with_constant_conflicts_leaves_nothing_and_can_be_retried() {
    let world = crate::world().await;
    world.interceptor.conflict_from(1);
    register(&world, "ada").await.is(409, "IN_PROGRESS");
    assert_eq!(world.app.store().count_users().await.expect("the table responds"), 0);
    world.interceptor.reset();
    register(&world, "ada").await.status(201);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_registrations_that_share_a_counter_all_succeed() {
    let world = crate::world().await;
    world.interceptor.conflict_when_writes_meet();
    let names = ["ada", "bob", "cyd", "dan"];
    for reply in join_all(names.map(|name| register(&world, name))).await {
        reply.status(201);
    }
    world.interceptor.reset();
    assert_eq!(world.app.store().count_users().await.expect("the table responds"), 4);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_with_a_write_conflict_creates_one_session_and_counts_once() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |ada| ada.sessions.clear()).await;
    let sign_in = || async {
        world
            .anyone()
            .post("/api/sessions/login", json!({ "email": ada.email, "password": PASSWORD }))
            .await
    };
    for number in 0..10 {
        if number % 2 == 0 {
            world.interceptor.conflict_once(1);
        } else {
            world.interceptor.single_conflict_once(1);
        }
        sign_in().await.status(200);
    }
    assert_eq!(world.interceptor.refused_writes(), 10, "each had a conflict");
    world.interceptor.reset();
    assert_eq!(world.user(ada.id).await.expect("ada").sessions.len(), 10);
    sign_in().await.is(429, "RATE_LIMITED");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_with_a_write_conflict_is_one_failure() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let wrong = json!({ "email": ada.email, "password": "Wrong-Harbour-9" });
    for _ in 0..4 {
        world.interceptor.single_conflict_once(1);
        world.anyone().post("/api/sessions/login", wrong.clone()).await.is(401, "UNAUTHENTICATED");
    }
    world.interceptor.reset();
    let ada = world.user(ada.id).await.expect("ada");
    assert_eq!((ada.failures.count, ada.failures.locked_until), (4, None));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_with_a_write_conflict_is_one_ban() {
    let world = crate::world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}/ban", ada.id);
    let body = json!({ "type": "permanent", "reason": "sells spam" });
    world.interceptor.conflict_from(1);
    grace.post(&path, body.clone()).await.is(409, "IN_PROGRESS");
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Active);
    world.interceptor.conflict_once(1);
    grace.post(&path, body).await.ok();
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Suspended);
    assert_eq!(
        (actions(&world, ada.id).await, waiting(&world, ada.id).await),
        (vec!["user.banned".to_owned()], 1)
    );
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_bans_are_one_ban() {
    let world = crate::world().await;
    let (grace, joan, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.person("ada").await,
    );
    let (path, body) = (
        format!("/api/admin/users/{}/ban", ada.id),
        json!({ "type": "permanent", "reason": "sells spam" }),
    );
    world.interceptor.conflict_when_writes_meet();
    let replies =
        join_all([&grace, &joan, &grace, &joan].map(|staff| staff.post(&path, body.clone()))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    assert_eq!(
        (actions(&world, ada.id).await, waiting(&world, ada.id).await),
        (vec!["user.banned".to_owned()], 1)
    );
    world.interceptor.reset();
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_with_a_write_conflict_is_created_once() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let founded = json!({ "name": "Apex Gaming", "handle": "apex-gaming" });
    world.interceptor.conflict_from(1);
    ada.post("/api/organisations", founded.clone()).await.is(409, "IN_PROGRESS");
    assert_eq!(ada.get("/api/organisations").await.ok()["pagination"]["total"], 0);
    world.interceptor.conflict_once(1);
    ada.post("/api/organisations", founded).await.status(201);
    assert_eq!(ada.get("/api/organisations").await.ok()["pagination"]["total"], 1);
    world.settle().await;
}

/// An organisation of ada, and the ids of the offers of its ownership to these members.
async fn offered(
    world: &World,
    ada: &Someone<'_>,
    members: &[&Someone<'_>],
) -> (String, Vec<String>) {
    use provost_domain::organisation::{Member, MemberRole};
    let founded = ada
        .post("/api/organisations", json!({ "name": "Apex Gaming", "handle": "apex-gaming" }))
        .await
        .status(201);
    let id = founded["id"].as_str().expect("an id");
    let mut offers = Vec::new();
    for member in members {
        let mut tx = world.app.transaction();
        let joined = Member {
            organisation_id: id.parse().expect("an id"),
            member_id: member.id,
            role: MemberRole::Member,
            joined_at: world.app.now(),
        };
        tx.add_member(&joined).expect("a member");
        tx.commit().await.expect("the member is new");
        let asked = ada
            .post(
                &format!("/api/organisations/{id}/users/{}/role", member.id),
                json!({ "role": "owner" }),
            )
            .await
            .ok();
        offers.push(asked["ownershipOffer"]["id"].as_str().expect("an offer").to_owned());
    }
    (format!("/api/organisations/{id}"), offers)
}

/// The owner of an organisation, according to itself and to its members.
async fn owners(by: &Someone<'_>, organisation: &str) -> (Value, Vec<Value>) {
    let members = by.get(&format!("{organisation}/users")).await.ok();
    let rows = members["data"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["role"] == "owner")
        .map(|row| row["userId"].clone());
    (by.get(organisation).await.ok()["ownerId"].clone(), rows.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ownership_transfer_with_a_write_conflict_happens_once_or_not_at_all() {
    let world = crate::world().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (organisation, offers) = offered(&world, &ada, &[&ben]).await;
    let accept = format!("/api/organisations/invites/{}/accept", offers[0]);
    world.interceptor.conflict_from(1);
    ben.post(&accept, json!({})).await.is(409, "IN_PROGRESS");
    assert_eq!(owners(&ada, &organisation).await, (json!(ada.id), vec![json!(ada.id)]));
    world.interceptor.conflict_once(1);
    ben.post(&accept, json!({})).await.ok();
    assert_eq!(owners(&ada, &organisation).await, (json!(ben.id), vec![json!(ben.id)]));
    let moved = actions(&world, ben.id)
        .await
        .into_iter()
        .filter(|action| action == "organisation.owner_changed")
        .count();
    assert_eq!(moved, 1);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_members_who_accept_the_ownership_concurrently_one_is_the_owner() {
    let world = crate::world().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let (organisation, offers) = offered(&world, &ada, &[&ben, &eve]).await;
    let paths: Vec<_> =
        offers.iter().map(|offer| format!("/api/organisations/invites/{offer}/accept")).collect();
    world.interceptor.conflict_when_writes_meet();
    let replies = join_all(
        [(&ben, &paths[0]), (&eve, &paths[1])].map(|(member, path)| member.post(path, json!({}))),
    )
    .await;
    world.interceptor.reset();
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410]);
    let (named, listed) = owners(&ada, &organisation).await;
    assert_eq!(listed, vec![named.clone()]);
    assert_ne!(named, json!(ada.id));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ownership_offer_with_a_write_conflict_is_made_once() {
    let world = crate::world().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (organisation, _) = offered(&world, &ada, &[]).await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.post(&format!("{organisation}/add-user"), json!({ "userId": ben.id })).await.status(201);
    let (path, body) =
        (format!("{organisation}/users/{}/role", ben.id), json!({ "role": "owner" }));
    world.interceptor.conflict_once(1);
    ada.post(&path, body.clone()).await.ok();
    world.interceptor.reset();
    ada.post(&path, body).await.is(409, "ALREADY_EXISTS");
    assert_eq!(ben.get("/api/organisations/invites").await.ok()["pagination"]["total"], 1);
    world.settle().await;
}

/// A finished export and a link to it with this maximum of downloads.
async fn link(world: &World, staff: &Someone<'_>, downloads: u32) -> String {
    let ada = world.person("ada").await;
    let job = staff
        .post(
            &format!("/api/admin/users/{}/export-job", ada.id),
            json!({ "reason": "asked by letter" }),
        )
        .await
        .status(202);
    world.settle().await;
    let job = job["id"].as_str().expect("an id").to_owned();
    let made = staff
        .post(
            &format!("/api/admin/export-jobs/{job}/share-link"),
            json!({ "maxDownloads": downloads }),
        )
        .await
        .status(201);
    made["url"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://provost.example"))
        .expect("the platform's URL")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_with_a_transaction_conflict_is_counted_once() {
    let world = crate::world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let path = link(&world, &grace, 2).await;
    world.interceptor.single_conflict_from(1);
    world.anyone().post(&path, json!({})).await.is(503, "UNAVAILABLE");
    for _ in 0..2 {
        world.interceptor.reset();
        world.interceptor.single_conflict_once(1);
        world.anyone().post(&path, json!({})).await.status(303);
        assert_eq!(world.interceptor.refused_writes(), 1);
    }
    world.interceptor.reset();
    world.anyone().post(&path, json!({})).await.is(410, "LINK_USED_UP");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_downloads_never_exceed_the_limit_of_the_link() {
    let world = crate::world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let path = link(&world, &grace, 2).await;
    world.interceptor.conflict_when_writes_meet();
    let replies =
        join_all((0..4).map(|_| async { world.anyone().post(&path, json!({})).await })).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 303, 410, 410]);
    world.interceptor.reset();
    world.settle().await;
}
