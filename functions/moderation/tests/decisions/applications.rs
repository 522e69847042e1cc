//! Applications, their replies and decisions.

use provost_domain::{BuiltInRole, Permission};
use provost_operations::{Op, application::reply_to_application};
use serde_json::{Value, json};

use super::support::*;

fn badge() -> Value {
    json!({"type": "VERIFICATION", "answers": {"reason": "I am the Ada who wrote the first program, as my page says.", "socialLinks": ["https://ada.example/about"]}})
}

fn partner() -> Value {
    json!({"type": "partner", "answers": {
        "website": "https://ada.example", "description": "We print programs on cards. ".repeat(5),
        "audience": "Mathematicians", "collaboration": "We would print your programs on our cards too.".repeat(2),
    }})
}

#[tokio::test]
async fn an_application_is_shown_to_its_applicant_and_to_staff() {
    let world = world().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let sent = ada.post(APPLICATIONS, badge()).await.status(201);
    assert_eq!((&sent["type"], &sent["status"]), (&json!("verification"), &json!("pending")));
    assert_eq!(ada.get(APPLICATIONS).await.ok()["data"], json!([sent]));
    assert_eq!(eve.get(APPLICATIONS).await.ok()["data"], json!([]));
    for (query, found) in [
        ("", 1),
        ("type=VERIFICATION&status=PENDING", 1),
        ("type=partner", 0),
        ("status=reviewing", 0),
        ("status=approved", 0),
    ] {
        let listed = grace.get(&format!("{ADMIN_APPLICATIONS}?{query}")).await.ok();
        assert_eq!(listed["pagination"]["total"], found, "{query}");
    }
    let listed = grace.get(ADMIN_APPLICATIONS).await.ok()["data"][0].clone();
    assert_eq!((&listed["user"]["id"], &listed["answers"]), (&json!(ada.id), &sent["answers"]));
    world.anyone().post(APPLICATIONS, badge()).await.is(401, "UNAUTHENTICATED");
    world.anyone().get(APPLICATIONS).await.is(401, "UNAUTHENTICATED");
    ada.get(ADMIN_APPLICATIONS).await.is(403, "ADMIN_REQUIRED");
    let staff = world.staff("heidi", BuiltInRole::Staff).await;
    staff.get(ADMIN_APPLICATIONS).await.is(403, "PERMISSION_DENIED");
    let approved = json!({"status": "approved"});
    ada.patch(&application_path(&sent), approved.clone()).await.is(403, "ADMIN_REQUIRED");
    grace.patch(&format!("{ADMIN_APPLICATIONS}/app_x"), approved).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_invalid_answer_is_named() {
    let world = world().await;
    let ada = world.person("ada").await;
    let refused = ada
        .post(
            APPLICATIONS,
            json!({"type": "staff", "answers": {"why": "short", "role": "DEVELOPER", "age": 7}}),
        )
        .await
        .is(422, "VALIDATION_FAILED");
    let fields: Vec<_> = refused["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| error["field"].as_str().expect("a field"))
        .collect();
    assert_eq!(
        fields,
        ["answers.age", "answers.why", "answers.experience", "answers.availability"]
    );
    ada.post(APPLICATIONS, json!({"type": "emperor", "answers": {}}))
        .await
        .is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn one_application_of_a_type_waits_at_a_time() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let send = || ada.post(APPLICATIONS, badge());
    let (a, b, c, d, e) = tokio::join!(send(), send(), send(), send(), send());
    let mut codes: Vec<_> = [a, b, c, d, e].iter().map(|reply| reply.status.as_u16()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [201, 409, 409, 409, 409]);
    send().await.is(409, "ALREADY_EXISTS");
    ada.post(APPLICATIONS, partner()).await.status(201);
    let waiting = grace.get(&format!("{ADMIN_APPLICATIONS}?type=verification")).await.ok();
    let path = application_path(&waiting["data"][0]);
    grace.patch(&path, json!({"status": "rejected"})).await.ok();
    send().await.status(201);
    world.settle().await;
}

#[tokio::test]
async fn an_approval_gives_the_badge_once_and_within_the_deciders_permissions() {
    let world = world().await;
    let ada = world.person("ada").await;
    let sent = ada.post(APPLICATIONS, badge()).await.status(201);
    let path = application_path(&sent);
    let helper = helper(&world, "ivan", &[Permission::ApplicationDecide]).await;
    let approve = json!({"status": "APPROVED"});
    let refused = helper.patch(&path, approve.clone()).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.verify"]));
    assert!(!user(&world, ada.id).await.is_verified);

    let (grace, heidi) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
    );
    let (one, other) = tokio::join!(
        grace.patch(&path, approve.clone()),
        heidi.patch(&path, json!({"status": "rejected"})),
    );
    let approved = one.status.as_u16() == 200;
    let (won, lost) = if approved { (one, other) } else { (other, one) };
    let (won, lost) = (won.ok(), lost.is(409, "INVALID_ACTION"));
    assert_eq!(lost["decision"], won["status"]);
    assert_eq!(user(&world, ada.id).await.is_verified, approved);
    grace.patch(&path, approve).await.is(409, "INVALID_ACTION");
    world.settle().await;
}

#[tokio::test]
async fn internal_notes_are_never_told_to_the_applicant() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let sent = ada.post(APPLICATIONS, badge()).await.status(201);
    let path = application_path(&sent);
    let note = "Looks like a fake page.";
    grace.patch(&path, json!({"status": "reviewing", "notes": note})).await.ok();
    let decided =
        grace.patch(&path, json!({"status": "approved", "notes": note, "reason": note})).await.ok();
    assert_eq!(decided["notes"][1]["text"], note);
    let own = ada.get(APPLICATIONS).await.ok();
    assert_eq!(own["data"][0]["status"], "approved");
    let mailbox = ada.get("/api/mailbox/notifications").await.ok();
    assert_eq!(mailbox["pagination"]["total"], 2);
    let texts = emails(&world, ada.id).await;
    assert!(texts.iter().any(|text| text.contains("now has the badge")), "{texts:?}");
    for told in [own.to_string(), mailbox.to_string(), texts.concat()] {
        assert!(!told.contains("fake page"), "{told}");
    }
}

#[tokio::test]
async fn a_partner_gets_the_grant_that_comes_with_the_approval() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let sent = ada.post(APPLICATIONS, partner()).await.status(201);
    let path = application_path(&sent);
    let award = json!({"type": "storage", "amount": 1000});
    let early = json!({"status": "reviewing", "awardGrant": award});
    grace.patch(&path, early).await.is(422, "VALIDATION_FAILED");
    let helper = helper(&world, "ivan", &[Permission::ApplicationDecide]).await;
    let approve = json!({"status": "approved", "awardGrant": award});
    let refused = helper.patch(&path, approve.clone()).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["grant.write"]));
    let quota = user(&world, ada.id).await.storage_quota;
    let approved = grace.patch(&path, approve).await.ok();
    assert!(approved["grantId"].is_string(), "{approved}");
    assert_eq!(user(&world, ada.id).await.storage_quota, quota + 1000);

    let badge = ada.post(APPLICATIONS, badge()).await.status(201);
    grace
        .patch(&application_path(&badge), json!({"status": "approved", "awardGrant": award}))
        .await
        .is(422, "VALIDATION_FAILED");
    world.settle().await;
}

#[tokio::test]
async fn the_applicant_and_staff_reply_until_the_decision() {
    let world = world().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let sent = ada.post(APPLICATIONS, badge()).await.status(201);
    let replies = format!("{APPLICATIONS}/{}/replies", id(&sent));
    let text = |content: &str| json!({"content": content});
    grace.post(&replies, text("Which page?\nWe found two.")).await.status(201);
    let reply = ada.post(&replies, text("The second one.")).await.status(201);
    assert_eq!(reply["isStaff"], false);
    eve.post(&replies, text("Me too.")).await.is(404, "NOT_FOUND");
    world.anyone().post(&replies, text("Hello")).await.is(401, "UNAUTHENTICATED");
    ada.post(&replies, text(" ")).await.is(422, "VALIDATION_FAILED");
    let shown = ada.get(APPLICATIONS).await.ok()["data"][0]["replies"].clone();
    assert_eq!(grace.get(ADMIN_APPLICATIONS).await.ok()["data"][0]["replies"], 2);
    let read = grace.get(&application_path(&sent)).await.ok();
    assert_eq!((&read["thread"], &read["replies"]), (&shown, &json!(2)));
    eve.get(&application_path(&sent)).await.is(403, "ADMIN_REQUIRED");
    world.anyone().get(&application_path(&sent)).await.is(401, "UNAUTHENTICATED");
    assert_eq!((&shown[0]["isStaff"], &shown[1]), (&json!(true), &reply));
    let texts = emails(&world, ada.id).await;
    assert_eq!(texts.len(), 1, "only replies by staff are emailed");
    assert!(texts[0].contains("\nWhich page?\nWe found two.\n"), "{texts:?}");
    grace.patch(&application_path(&sent), json!({"status": "rejected"})).await.ok();
    ada.post(&replies, text("Why?")).await.is(409, "INVALID_ACTION");
    world.settle().await;
}

#[tokio::test]
async fn staff_do_not_decide_their_own_application() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let sent = grace.post(APPLICATIONS, badge()).await.status(201);
    grace
        .patch(&application_path(&sent), json!({"status": "approved"}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
}

#[tokio::test]
async fn a_list_shows_no_texts_of_an_application_that_the_caller_cannot_decide() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let peer = world.staff("heidi", BuiltInRole::Admin).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let sent = grace.post(APPLICATIONS, badge()).await.status(201);
    let note = json!({"notes": "Her page is new."});
    root.patch(&application_path(&sent), note).await.ok();
    for refused in [&grace, &peer] {
        let listed = refused.get(ADMIN_APPLICATIONS).await.ok()["data"][0].clone();
        assert_eq!((&listed["id"], &listed["notes"]), (&sent["id"], &json!([])));
        assert_eq!(listed["redacted"], json!(["answers", "notes", "outcomeNote", "decidedBy"]));
        let text = listed.to_string();
        assert!(!text.contains("first program") && !text.contains("is new"), "{text}");
    }
    let listed = root.get(ADMIN_APPLICATIONS).await.ok()["data"][0].clone();
    assert_eq!((&listed["answers"], listed.get("redacted")), (&sent["answers"], None));
    assert_eq!(listed["notes"][0]["text"], "Her page is new.");
}

#[tokio::test]
async fn lists_stay_small_however_many_replies_there_are() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = ada.post(APPLICATIONS, badge()).await.status(201);
    let store = world.app.store();
    let person = user(&world, ada.id).await;
    for n in 1..=200 {
        let found = store.applications_of(ada.id).await.expect("a list").remove(0);
        let op = Op::system(&world.app, "test", world.app.request_id());
        let change = reply_to_application(&op, &found, &person, &person, format!("Reply {n}"));
        change.expect("it is open").commit().await.expect("the table responds");
        world.advance(1);
    }
    let own = ada.get(APPLICATIONS).await.ok()["data"][0].clone();
    let replies = own["replies"].as_array().expect("a list");
    assert_eq!((replies.len(), &own["replyCount"]), (200, &json!(200)));
    assert_eq!(
        (&replies[0]["content"], &replies[199]["content"]),
        (&json!("Reply 1"), &json!("Reply 200"))
    );
    let listed = grace.get(ADMIN_APPLICATIONS).await.ok().to_string();
    assert!(listed.contains("\"replies\":200") && !listed.contains("Reply 200"), "{listed}");
    let read = grace.get(&application_path(&sent)).await.ok();
    assert_eq!(read["thread"], own["replies"]);
    let noted = grace.patch(&application_path(&sent), json!({"notes": "Long."})).await.ok();
    assert_eq!(noted["thread"], own["replies"]);
}
