//! Someone can always act as root: the only user who can is protected, confirmed or not, and a root
//! who cannot sign in does not count.

use provost_domain::{
    BuiltInRole, Status, User,
    user::{Suspension, SuspensionKind},
};
use provost_operations::{OperationError, user::require_remaining_root};
use provost_testkit::{Someone, World};
use serde_json::json;

async fn refused(
    world: &World,
    actor: Option<&Someone<'_>>,
    target: &Someone<'_>,
) -> Option<&'static str> {
    let before = world.user(target.id).await.expect("they exist");
    let after = User { role: BuiltInRole::User, ..before.clone() }.changed(world.app.now());
    let acting = match actor {
        Some(actor) => world.user(actor.id).await,
        None => None,
    };
    let mut tx = world.app.transaction();
    match require_remaining_root(&mut tx, &before, &after, acting.as_ref()).await {
        Ok(()) => None,
        Err(OperationError::Refused(refused)) => Some(refused.code.as_str()),
        Err(error) => panic!("the table does not respond: {error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_root_is_protected_even_before_the_address_is_confirmed() {
    let world = crate::world().await;
    let (root, grace) = (
        world.staff("root", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    world
        .edit(root.id, |root| {
            root.status = Status::PendingVerification;
            root.email_verified = false;
        })
        .await;
    root.post("/api/users/me/deletion-request", json!({})).await.is(409, "LAST_SUPERADMIN");
    assert_eq!(
        refused(&world, None, &root).await,
        Some("LAST_SUPERADMIN"),
        "from the command line"
    );
    assert_eq!(world.user(root.id).await.expect("root").status, Status::PendingVerification);
    // With a second root who can sign in, either of them can be removed.
    let other = world.staff("other", BuiltInRole::RootAdmin).await;
    assert_eq!(refused(&world, Some(&other), &root).await, None);
    assert_eq!(refused(&world, None, &grace).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_who_cannot_sign_in_does_not_count_as_the_remaining_one() {
    let world = crate::world().await;
    let (root, other) = (
        world.staff("root", BuiltInRole::RootAdmin).await,
        world.staff("other", BuiltInRole::RootAdmin).await,
    );
    let now = world.app.now();
    assert_eq!(refused(&world, None, &root).await, None, "both can sign in");

    let credential = world
        .app
        .store()
        .credential(other.id)
        .await
        .expect("the table responds")
        .expect("a password");
    let set = async |must_reset: bool| {
        let mut tx = world.app.transaction();
        tx.save_credential(
            other.id,
            &provost_store::credentials::Credential { must_reset, ..credential.clone() },
        )
        .expect("a credential");
        tx.commit().await.expect("no concurrent write");
    };
    set(true).await;
    assert_eq!(
        refused(&world, None, &root).await,
        Some("LAST_SUPERADMIN"),
        "has to choose a new password first"
    );
    root.post("/api/users/me/deletion-request", json!({})).await.is(409, "LAST_SUPERADMIN");
    set(false).await;
    let by = world.user(root.id).await.expect("root").pseudonym;
    let ban = Suspension {
        id: None,
        kind: SuspensionKind::Ban,
        reason: "Selling fakes".to_owned(),
        by,
        at: now,
        expires_at: None,
        before: Status::Active,
    };
    for (status, suspension) in
        [(Status::Suspended, Some(ban)), (Status::Inactive, None), (Status::Deleted, None)]
    {
        world
            .edit(other.id, |other| {
                other.status = status;
                other.suspension = suspension.clone();
            })
            .await;
        assert_eq!(refused(&world, None, &root).await, Some("LAST_SUPERADMIN"), "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_two_roots_force_a_reset_on_each_other_one_can_still_sign_in() {
    let world = crate::world().await;
    for round in 0..6 {
        let (joan, ruth) = (
            world.staff(&format!("joan{round}"), BuiltInRole::RootAdmin).await,
            world.staff(&format!("ruth{round}"), BuiltInRole::RootAdmin).await,
        );
        let (to_joan, to_ruth) = (
            format!("/api/admin/users/{}/reset-password", joan.id),
            format!("/api/admin/users/{}/reset-password", ruth.id),
        );
        let why = || json!({ "reason": "A leaked password" });
        tokio::join!(joan.post(&to_ruth, why()), ruth.post(&to_joan, why()));
        let mut able = 0;
        for root in [&joan, &ruth] {
            able += usize::from(
                !world
                    .app
                    .store()
                    .credential(root.id)
                    .await
                    .expect("the table")
                    .expect("a password")
                    .must_reset,
            );
        }
        assert!(able >= 1, "round {round}");
        // The next round starts without these two.
        for root in [&joan, &ruth] {
            world.edit(root.id, |root| root.status = Status::Inactive).await;
        }
    }
    world.settle().await;
}
