//! Appeals against bans, by the link in the email.

use bytes::Bytes;
use http::Method;
use provost_domain::{BuiltInRole, Permission, Status, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::support::*;

fn why(token: &str) -> Value {
    json!({"token": token, "reason": "It was my brother who sent the adverts, and he has moved out."})
}

async fn ban(staff: &Someone<'_>, person: &Someone<'_>, body: Value) {
    staff.post(&format!("/api/admin/users/{}/ban", person.id), body).await.ok();
}

fn permanent(reason: &str) -> Value {
    json!({"type": "permanent", "reason": reason})
}

/// A banned user, their appeal, and the staff member who decides.
async fn appealed<'w>(world: &'w World) -> (Someone<'w>, Someone<'w>, Value) {
    let mallory = world.person("mallory").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    ban(&grace, &mallory, permanent("Adverts")).await;
    let token = appeal_token(world, mallory.id).await;
    let appeal = world.anyone().post(APPEAL, why(&token)).await.status(201);
    (mallory, grace, appeal)
}

#[tokio::test]
async fn an_approved_appeal_lifts_the_ban() {
    let world = world().await;
    let (mallory, grace, appeal) = appealed(&world).await;
    assert_eq!((&appeal["type"], &appeal["status"]), (&json!("ban_appeal"), &json!("pending")));
    assert!(user(&world, mallory.id).await.is_banned(), "an appeal changes nothing by itself");
    let path = application_path(&appeal);
    let helper = helper(&world, "ivan", &[Permission::ApplicationDecide]).await;
    let approve = json!({"status": "approved"});
    let refused = helper.patch(&path, approve.clone()).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.suspend"]));
    let decided = grace.patch(&path, approve).await.ok();
    assert_eq!((&decided["status"], &decided["outcomeNote"]), (&json!("approved"), &Value::Null));
    assert_eq!(user(&world, mallory.id).await.status, Status::Active);
    let texts = emails(&world, mallory.id).await;
    assert!(texts.iter().any(|text| text.contains("The suspension has been lifted")), "{texts:?}");
    let log = actions(&world, mallory.id).await;
    assert_eq!(
        log,
        ["user.banned", "application.submitted", "user.unbanned", "application.approved"]
    );
}

#[tokio::test]
async fn a_rejected_appeal_leaves_the_ban_and_cannot_be_repeated() {
    let world = world().await;
    let (mallory, grace, appeal) = appealed(&world).await;
    let token = appeal_token(&world, mallory.id).await;
    world.anyone().post(APPEAL, why(&token)).await.is(409, "ALREADY_EXISTS");
    grace.patch(&application_path(&appeal), json!({"status": "rejected"})).await.ok();
    assert!(user(&world, mallory.id).await.is_banned());
    world.anyone().post(APPEAL, why(&token)).await.is(409, "ALREADY_EXISTS");
    let texts = emails(&world, mallory.id).await;
    assert!(texts.iter().any(|text| text.contains("The suspension stays")), "{texts:?}");
}

#[tokio::test]
async fn an_appeal_belongs_to_one_ban_and_so_does_a_scheduled_end() {
    let world = world().await;
    let mallory = world.person("mallory").await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let day = json!({"type": "temporary", "durationDays": 1, "reason": "A first warning"});
    ban(&grace, &mallory, day).await;
    let token = appeal_token(&world, mallory.id).await;
    let appeal = world.anyone().post(APPEAL, why(&token)).await.status(201);
    let unban = format!("/api/admin/users/{}/ban", mallory.id);
    grace.delete_with(&unban, json!({"reason": "Lifted early"})).await.ok();
    // In the same millisecond, so that only the id tells the bans apart.
    ban(&grace, &mallory, permanent("Again")).await;

    let decided = grace.patch(&application_path(&appeal), json!({"status": "approved"})).await.ok();
    assert_eq!(decided["status"], "approved");
    assert!(decided["outcomeNote"].as_str().expect("a note").contains("A later ban stays"));
    assert!(user(&world, mallory.id).await.is_banned());
    world.anyone().post(APPEAL, why(&token)).await.is(410, "LINK_REVOKED");

    world.advance(DAY + 1);
    let run = provost_domain::RequestId::new(1_u128.into());
    let op = provost_operations::Op::system(&world.app, "scheduler", run);
    let planned = world.app.now().plus(-1);
    let ended = provost_operations::user::expire_suspension(&op, mallory.id, planned)
        .await
        .expect("the store responds")
        .expect("a change");
    ended.commit().await.expect("the planned end is removed");
    assert!(user(&world, mallory.id).await.is_banned(), "the end was that of the first ban");

    // The second ban has an appeal of its own.
    grace.renew().await;
    let second = appeal_token(&world, mallory.id).await;
    let appeal = world.anyone().post(APPEAL, why(&second)).await.status(201);
    grace.patch(&application_path(&appeal), json!({"status": "approved"})).await.ok();
    assert_eq!(user(&world, mallory.id).await.status, Status::Active);
    world.settle().await;
}

#[tokio::test]
async fn a_link_is_checked_before_anything_else() {
    let world = world().await;
    let (mallory, _, _) = appealed(&world).await;
    let token = appeal_token(&world, mallory.id).await;
    let forged = format!("{}x", &token[..token.len() - 1]);
    for wrong in ["", "x", &forged, mallory.token.as_deref().expect("a session")] {
        let reply = world.anyone().post(APPEAL, why(wrong)).await;
        reply.is(404, "NOT_FOUND");
        world.anyone().get(&format!("/appeal/{}x", wrong)).await.is(404, "NOT_FOUND");
    }
    world.advance(181 * DAY);
    world.anyone().post(APPEAL, why(&token)).await.is(410, "LINK_EXPIRED");
}

#[tokio::test]
async fn the_page_of_the_link_changes_nothing_until_its_form_is_sent() {
    let world = world().await;
    let mallory = world.person("mallory").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    ban(&grace, &mallory, permanent("Adverts")).await;
    let page = format!("/appeal/{}", appeal_token(&world, mallory.id).await);
    for _ in 0..2 {
        let shown = world.anyone().get(&format!("{page}?utm_source=mail")).await;
        assert_eq!(shown.status.as_u16(), 200);
        assert!(shown.text().contains("<form method=\"post\">"), "{}", shown.text());
    }
    assert_eq!(grace.get(ADMIN_APPLICATIONS).await.ok()["pagination"]["total"], 0);
    let send = |reason: &str| {
        let body = Bytes::from(format!("reason={}", reason.replace(' ', "+")));
        let form = "application/x-www-form-urlencoded";
        let (world, page) = (&world, page.clone());
        async move { world.anyone().ask(Method::POST, &page, form, body).await }
    };
    assert_eq!(send("Too short").await.status.as_u16(), 422);
    let reason = "It was my brother who sent the adverts, and he has moved out.";
    let sent = send(reason).await;
    assert_eq!(sent.status.as_u16(), 200);
    assert!(sent.text().contains("We have received your appeal"));
    assert_eq!(send(reason).await.status.as_u16(), 409);
    assert!(world.anyone().get(&page).await.text().contains("We have received your appeal"));
    let listed = grace.get(&format!("{ADMIN_APPLICATIONS}?type=ban_appeal")).await.ok();
    assert_eq!(listed["data"][0]["answers"], json!({"reason": reason}));
}

#[tokio::test]
async fn a_user_who_is_not_banned_has_nothing_to_appeal() {
    let world = world().await;
    let ada = world.person("ada").await;
    let body = json!({"type": "BAN_APPEAL", "answers": {"reason": "I was banned once, and I would like to know why that was."}});
    ada.post(APPLICATIONS, body).await.is(409, "INVALID_ACTION");
}
