//! Deleting an organisation: it disappears immediately for everyone, its members are notified, and
//! an interrupted deletion can be repeated.

use provost_domain::{
    BuiltInRole, OrganisationId, UserId,
    organisation::Organisation,
    page::{PageFrom, PageRequest},
};
use provost_store::Conflict;
use provost_testkit::{KillPoint, Someone, World};
use serde_json::json;

use crate::common::{found, invite, join, world};

/// The bodies of a user's notifications that an organisation was deleted.
async fn deletion_notices(world: &World, user: UserId) -> Vec<String> {
    let request = PageRequest { from: PageFrom::Page(1), limit: 200 };
    let notices = world
        .app
        .store()
        .notifications(user, &request, world.app.now())
        .await
        .expect("notifications")
        .rows;
    notices
        .into_iter()
        .filter(|notice| notice.title == "An organisation was deleted")
        .map(|notice| notice.body)
        .collect()
}

/// The number of audit entries with an action.
// Only tests scan whole tables.
#[allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]
pub async fn audited(world: &World, action: &str) -> usize {
    let store = world.app.store();
    let scan = store
        .dynamo()
        .scan()
        .table_name(&store.names().audit)
        .send()
        .await
        .expect("the table responds");
    scan.items()
        .iter()
        .filter(|item| {
            item.get("action").and_then(|text| text.as_s().ok()).is_some_and(|text| text == action)
        })
        .count()
}

/// Marks an organisation as a deletion does that is killed right afterwards.
async fn mark(world: &World, org: &str) {
    let id: OrganisationId = org.replace("/api/organisations/", "").parse().expect("an id");
    let organisation = world
        .app
        .store()
        .organisation(id)
        .await
        .expect("the table responds")
        .expect("an organisation");
    let mut tx = world.app.transaction();
    tx.save_organisation(&Organisation { deleting_since: Some(world.app.now()), ..organisation })
        .expect("an organisation");
    tx.commit().await.expect("no concurrent write");
}

#[tokio::test]
async fn members_are_notified_and_the_deletion_is_audited() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "admin").await;
    join(&ada, &org, &eve, "member").await;
    grace.delete_with(&org, json!({"reason": "closed by the staff"})).await.status(204);
    for person in [&ada, &bob, &eve] {
        let deletion_notices = deletion_notices(&world, person.id).await;
        assert_eq!(
            deletion_notices,
            ["Apex Gaming (apex-gaming) was deleted, and you are no longer a member."]
        );
    }
    for (action, times) in [
        ("organisation.deletion_begun", 1),
        ("organisation.member_removed", 2),
        ("organisation.deleted", 1),
    ] {
        assert_eq!(audited(&world, action).await, times, "{action}");
    }
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let log = root.get("/api/admin/audit/logs?action=organisation.deleted").await;
    if log.status == 200 {
        let entry = &log.json()["data"][0];
        assert_eq!(entry["changes"]["handle"]["before"], "apex-gaming");
        assert_eq!(
            (&entry["target"], &entry["reason"]),
            (&json!(ada.id.to_string()), &json!("closed by the staff"))
        );
    }
    is_reserved(&bob, "apex-gaming").await;
    world.settle().await;
}

#[tokio::test]
async fn only_its_owner_can_access_an_organisation_being_deleted() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "admin").await;
    let id = invite(&ada, &org, &eve.email).await;
    mark(&world, &org).await;
    for person in [&ada, &bob] {
        person.get(&org).await.is(404, "NOT_FOUND");
        person.put(&org, json!({"name": "Other"})).await.is(404, "NOT_FOUND");
        person
            .post(&format!("{org}/invite"), json!({"email": "other@example.org"}))
            .await
            .is(404, "NOT_FOUND");
    }
    bob.delete(&org).await.is(403, "PERMISSION_DENIED");
    eve.post(&format!("/api/organisations/invites/{id}/accept"), json!({}))
        .await
        .is(404, "NOT_FOUND");
    assert_eq!(eve.get("/api/organisations/invites").await.ok()["data"], json!([]));
    assert!(
        ada.get("/api/organisations").await.ok()["data"][0]["deletingSince"].is_string(),
        "the owner sees the unfinished deletion"
    );
    ada.with_header("if-match", "\"1\"").delete(&org).await.status(204);
    ada.delete(&org).await.is(404, "NOT_FOUND");
    assert_eq!(deletion_notices(&world, bob.id).await.len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn nobody_can_join_an_organisation_once_its_deletion_has_started() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let org = found(&ada, "apex-gaming").await;
    let organisation_id: OrganisationId =
        org.replace("/api/organisations/", "").parse().expect("an id");
    mark(&world, &org).await;
    let mut tx = world.app.transaction();
    let member = provost_domain::organisation::Member {
        organisation_id,
        member_id: bob.id,
        role: provost_domain::organisation::MemberRole::Member,
        joined_at: world.app.now(),
    };
    tx.add_member(&member).expect("a member");
    assert_eq!(
        tx.commit().await.expect_err("the deletion has started").conflict(),
        Some(Conflict::Organisation)
    );
}

#[tokio::test]
async fn a_deletion_killed_at_any_call_completes_on_retry() {
    // Only after each call, since the state before the next call is the same.
    for call in 1..=40 {
        let world = world().await;
        let (ada, bob) = (world.person("ada").await, world.person("bob").await);
        let org = found(&ada, "apex-gaming").await;
        join(&ada, &org, &bob, "member").await;
        invite(&ada, &org, "someone@example.org").await;
        world.settle().await;
        world.interceptor.kill_at(KillPoint::After(call));
        let finished = world.interceptor.until_killed(ada.delete(&org)).await.is_some();
        world.interceptor.reset();
        if bob.get(&org).await.status != 200 {
            assert_eq!(
                audited(&world, "organisation.deletion_begun").await,
                1,
                "after call {call} the deletion has an audit entry"
            );
        }
        let again = ada.delete(&org).await.status;
        assert!(again == 204 || again == 404, "after call {call}: {again}");
        let left = (
            deletion_notices(&world, bob.id).await.len(),
            audited(&world, "organisation.deleted").await,
        );
        assert_eq!(left, (1, 1), "after call {call}");
        assert_eq!(bob.get("/api/organisations").await.ok()["pagination"]["total"], 0);
        is_reserved(&bob, "apex-gaming").await;
        if finished {
            return;
        }
    }
    panic!("deleting an organisation takes fewer calls than this");
}

/// The handle of a deleted organisation is reserved for a while.
async fn is_reserved(someone: &Someone<'_>, handle: &str) {
    someone
        .post("/api/organisations", json!({"name": "Apex Gaming", "handle": handle}))
        .await
        .is(409, "CONTACT_RESERVED");
}
