//! An account with a pending deletion can be kept by signing in.

use provost_domain::{
    DeletionId, Status, UserId,
    deletion::{DeletionRequest, DeletionState, NewDeletion},
    time::DAY,
    user::PendingDeletion,
};
use provost_testkit::{World, people::PASSWORD};
use serde_json::json;

use super::support::{audited, refresh, sign_in, world};

async fn ask_for_deletion(world: &World, user: UserId) -> DeletionId {
    let (now, id) = (world.app.now(), world.app.id(DeletionId::new));
    let person = world.user(user).await.unwrap();
    let due_at = now.plus(14 * DAY);
    let request = DeletionRequest::new(
        NewDeletion {
            id,
            user,
            pseudonym: person.pseudonym,
            requested_by: "self".to_owned(),
            reason: None,
            due_at,
            blocked: None,
        },
        now,
    );
    let keep = person.sessions.keys().next().copied();
    let deleted = person
        .delete(PendingDeletion { id, due_at, before: Status::Active, executing: false }, keep, now)
        .unwrap();
    let mut tx = world.app.transaction();
    tx.save_user(&deleted).unwrap();
    tx.create_deletion(&request, now).unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn signing_in_reports_the_pending_deletion_and_how_to_cancel_it() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = ask_for_deletion(&world, ada.id).await;
    let refused = sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(403, "DELETION_PENDING");
    assert_eq!(
        (refused["deletionId"].as_str(), &refused["cancelHint"]),
        (Some(id.to_string().as_str()), &json!({ "cancelDeletion": true }))
    );
    assert_eq!(refused["dueAt"], world.app.now().plus(14 * DAY).to_string());
    sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    assert_eq!(world.user(ada.id).await.unwrap().status, Status::Deleted);
}

#[tokio::test]
async fn signing_in_with_cancel_deletion_restores_the_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = ask_for_deletion(&world, ada.id).await;
    let keep =
        |password: &str| json!({"email": ada.email, "password": password, "cancelDeletion": true});
    world
        .anyone()
        .post("/api/sessions/login", keep("Wintry-Harbour-8"))
        .await
        .is(401, "UNAUTHENTICATED");
    assert_eq!(
        world.user(ada.id).await.unwrap().status,
        Status::Deleted,
        "a wrong password does not restore the account"
    );
    let tokens = world.anyone().post("/api/sessions/login", keep(PASSWORD)).await.status(200);
    let user = world.user(ada.id).await.unwrap();
    assert_eq!(
        (user.status, user.deletion.is_none(), user.deleted_at, user.sessions.len()),
        (Status::Active, true, None, 1)
    );
    assert_eq!(
        world.app.store().deletion(id).await.unwrap().unwrap().state,
        DeletionState::Cancelled
    );
    assert_eq!(audited(&world, ada.id).await, ["deletion.cancelled"]);
    ada.with_token(tokens["accessToken"].as_str().unwrap()).get("/api/sessions/me").await.ok();
    // Without a pending deletion the option has no effect.
    world.anyone().post("/api/sessions/login", keep(PASSWORD)).await.status(200);
}

#[tokio::test]
async fn after_the_point_of_no_return_signing_in_cannot_restore_the_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    ask_for_deletion(&world, ada.id).await;
    world
        .edit(ada.id, |ada| {
            if let Some(deletion) = &mut ada.deletion {
                deletion.executing = true;
            }
        })
        .await;
    let before = world.user(ada.id).await.unwrap();
    let refused = sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(403, "DELETION_PENDING");
    assert!(refused["cancelHint"].is_null() && refused["wayBack"].is_null());
    world
        .anyone()
        .post(
            "/api/sessions/login",
            json!({"email": ada.email, "password": PASSWORD, "cancelDeletion": true}),
        )
        .await
        .is(409, "INVALID_ACTION");
    sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    assert_eq!(world.user(ada.id).await.unwrap().revision, before.revision);
    let request = provost_domain::page::PageRequest {
        from: provost_domain::page::PageFrom::Page(1),
        limit: 10,
    };
    assert_eq!(
        world.app.store().login_history(ada.id, &request, world.app.now()).await.unwrap().total,
        1
    );
}

#[tokio::test]
async fn the_session_that_requested_the_deletion_can_refresh_and_log_out() {
    let world = world().await;
    let ada = world.person("ada").await;
    ask_for_deletion(&world, ada.id).await;
    let tokens = refresh(&world, &ada.refresh).await.status(200);
    let pending = ada.with_token(tokens["accessToken"].as_str().unwrap());
    pending.get("/api/sessions/me").await.is(403, "DELETION_PENDING");
    pending.post("/api/sessions/logout", json!({})).await.status(204);
    refresh(&world, tokens["refreshToken"].as_str().unwrap()).await.is(401, "SESSION_ENDED");
}
