//! A forced reset from end to end: the old password no longer signs in, the email gives the reason,
//! and its link sets a new password.

use provost_domain::BuiltInRole;
use provost_local::Function;
use provost_testkit::{World, people::PASSWORD};
use serde_json::{Value, json};

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

/// The emails of a template, newest first.
async fn emails(world: &World, template: &str) -> Vec<String> {
    world.settle().await;
    let reader = world
        .staff(
            &format!("reader{}", world.app.id(provost_domain::MessageId::new)),
            BuiltInRole::RootAdmin,
        )
        .await;
    let log = reader.get(&format!("/api/admin/email/logs?template={template}")).await.ok();
    log["data"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|email| email["body"].as_str().expect("a text").to_owned())
        .collect()
}

fn token(email: &str) -> &str {
    email.split("?reset=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link")
}

#[tokio::test]
async fn the_old_password_is_rejected_and_the_emailed_link_sets_a_new_one() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let sign_in = async |password: &str| {
        world
            .anyone()
            .post("/api/sessions/login", json!({"email": ada.email, "password": password}))
            .await
    };
    sign_in(PASSWORD).await.ok();
    grace
        .post(&format!("/api/admin/users/{}/reset-password", ada.id), json!({"reason": "phished"}))
        .await
        .ok();
    let refused = sign_in(PASSWORD).await.is(403, "ACCOUNT_INACTIVE");
    assert_eq!(refused["passwordResetRequired"], true);
    // Without the correct password the caller learns nothing.
    let wrong = sign_in("Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    assert!(wrong.get("passwordResetRequired").is_none());
    let history = grace.get(&format!("/api/admin/users/{}/login-history", ada.id)).await.ok();
    let reasons: Vec<&Value> =
        history["data"].as_array().expect("rows").iter().map(|row| &row["reason"]).collect();
    assert!(reasons.contains(&&json!("password_reset_required")), "{reasons:?}");

    let email = emails(&world, "password-reset-forced").await.pop().expect("an email");
    assert!(
        email.contains("Support asks you to choose a new password")
            && !email.contains("did not ask"),
        "{email}"
    );
    world
        .anyone()
        .post(
            "/api/users/reset-password",
            json!({"token": token(&email), "password": "Stormy-Meadow-4"}),
        )
        .await
        .status(204);
    sign_in(PASSWORD).await.is(401, "UNAUTHENTICATED");
    sign_in("Stormy-Meadow-4").await.ok();
    world.settle().await;
}

#[tokio::test]
async fn an_expired_link_can_be_replaced_by_requesting_a_new_one() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace.post(&format!("/api/admin/users/{}/reset-password", ada.id), json!({})).await.ok();
    let email = emails(&world, "password-reset-forced").await.pop().expect("an email");
    world.advance(2 * provost_domain::time::HOUR);
    let choose = async |email: &str| {
        world
            .anyone()
            .post(
                "/api/users/reset-password",
                json!({"token": token(email), "password": "Stormy-Meadow-4"}),
            )
            .await
    };
    choose(&email).await.is(410, "LINK_EXPIRED");
    world
        .anyone()
        .post("/api/users/forgot-password", json!({"email": ada.email}))
        .await
        .status(204);
    let email = emails(&world, "password-reset").await.pop().expect("an email");
    choose(&email).await.status(204);
    world
        .anyone()
        .post("/api/sessions/login", json!({"email": ada.email, "password": "Stormy-Meadow-4"}))
        .await
        .ok();
    world.settle().await;
}
