//! There is always an active root administrator, even with concurrent changes.

use provost_domain::{BuiltInRole, Code, Status};
use provost_operations::{OperationError, user::require_remaining_root};
use provost_store::{Conflict, directory::is_active_root};
use provost_testkit::World;
use serde_json::json;

use crate::world;

async fn active_roots(world: &World, people: &[provost_domain::UserId]) -> usize {
    let mut active = 0;
    for user in people {
        active +=
            usize::from(is_active_root(&world.user(*user).await.expect("the account exists")));
    }
    active
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_roots_who_remove_each_other_concurrently_one_stays() {
    for round in 0..12 {
        let world = world().await;
        let (joan, ruth) = (
            world.staff("joan", BuiltInRole::RootAdmin).await,
            world.staff("ruth", BuiltInRole::RootAdmin).await,
        );
        let (ban, demote) = (
            json!({"type": "permanent", "reason": "coup"}),
            json!({"role": "user", "reason": "coup"}),
        );
        let (path_to_ruth, path_to_joan) =
            (format!("/api/admin/users/{}", ruth.id), format!("/api/admin/users/{}", joan.id));
        let (ban_ruth, ban_joan) = (format!("{path_to_ruth}/ban"), format!("{path_to_joan}/ban"));
        let (demote_ruth, demote_joan) =
            (format!("{path_to_ruth}/role"), format!("{path_to_joan}/role"));
        let answers = match round % 3 {
            0 => tokio::join!(joan.post(&ban_ruth, ban.clone()), ruth.post(&ban_joan, ban.clone())),
            1 => tokio::join!(
                joan.patch(&demote_ruth, demote.clone()),
                ruth.patch(&demote_joan, demote.clone())
            ),
            _ => tokio::join!(
                joan.patch(&demote_ruth, demote.clone()),
                ruth.post(&ban_joan, ban.clone())
            ),
        };
        assert_eq!(
            active_roots(&world, &[joan.id, ruth.id]).await,
            1,
            "round {round}: {} and {}",
            answers.0.status,
            answers.1.status
        );
        assert_eq!(
            [&answers.0, &answers.1]
                .into_iter()
                .filter(|answer| answer.status.is_success())
                .count(),
            1,
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_removals_in_a_ring_leave_at_least_one_root() {
    for _ in 0..4 {
        let world = world().await;
        let mut ring = Vec::new();
        for n in 0..5 {
            ring.push(world.staff(&format!("root{n}"), BuiltInRole::RootAdmin).await);
        }
        let calls = (0..5).map(|n| {
            let (actor, target) = (ring[n].clone(), ring[(n + 1) % 5].id);
            async move {
                actor
                    .patch(
                        &format!("/api/admin/users/{target}/role"),
                        json!({"role": "user", "reason": "coup"}),
                    )
                    .await
            }
        });
        futures_util::future::join_all(calls).await;
        let ids: Vec<_> = ring.iter().map(|root| root.id).collect();
        assert!(active_roots(&world, &ids).await >= 1);
    }
}

#[tokio::test]
async fn a_root_can_step_down_only_if_another_root_remains() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    world.staff("grace", BuiltInRole::Admin).await;
    let ruth = world.staff("ruth", BuiltInRole::RootAdmin).await;
    world.edit(ruth.id, |ruth| ruth.status = Status::Inactive).await;
    let before = world.user(joan.id).await.expect("joan");
    let mut after = before.clone();
    after.role = BuiltInRole::User;
    let mut tx = world.app.transaction();
    let refused = require_remaining_root(&mut tx, &before, &after, None).await;
    assert!(
        matches!(refused, Err(OperationError::Refused(error)) if error.code == Code::LastSuperadmin),
        "an inactive root administrator does not count"
    );

    world.edit(ruth.id, |ruth| ruth.status = Status::Active).await;
    let mut tx = world.app.transaction();
    require_remaining_root(&mut tx, &before, &after, None).await.expect("ruth remains");
    tx.save_user(&after).expect("a user");
    // Ruth's role changes in between. The condition on her account fails, so the change is refused.
    world.edit(ruth.id, |ruth| ruth.role = BuiltInRole::Admin).await;
    assert_eq!(
        tx.commit().await.expect_err("no root would remain").conflict(),
        Some(Conflict::Revision)
    );
    assert!(is_active_root(&world.user(joan.id).await.expect("joan")));
}

#[tokio::test]
async fn the_check_costs_nothing_when_no_root_is_removed() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let (root, person) =
        (world.user(joan.id).await.expect("joan"), world.user(ada.id).await.expect("ada"));
    world.interceptor.reset();
    let mut tx = world.app.transaction();
    for (before, after) in [(&person, &person), (&root, &root), (&person, &root)] {
        require_remaining_root(&mut tx, before, after, None).await.expect("no root is removed");
    }
    assert!(tx.is_empty());
    assert_eq!(world.interceptor.calls(), 0);
}
