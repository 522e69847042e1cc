//! Student status and identity: asked for, decided, asked for again, taken away; images that few see and that go when their time is up.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_domain::{BuiltInRole, UserId, principal::PortalTier, time::DAY};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_testkit::{Someone, World, people::PASSWORD};
use serde_json::{Value, json};

const STUDENT: &str = "/api/verifications/student";
const IDENTITY: &str = "/api/verifications/identity";
const LIST: &str = "/api/admin/verifications";
const EDUCATIONAL: &str = "prd_00000000000000000000000003";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0and so on";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("verifications", fn_verifications::routes().router(app.clone())),
            Function::http("billing", fn_billing::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        ]
    })
    .await
}

fn path(someone: &Someone<'_>, what: &str) -> String {
    format!("/api/admin/users/{}/{what}", someone.id)
}

fn id(view: &Value) -> String {
    view["id"].as_str().expect("an id").to_owned()
}

fn image(content_type: &str, bytes: &[u8]) -> Value {
    json!({"contentType": content_type, "data": BASE64.encode(bytes)})
}

fn papers() -> Value {
    json!({"document": image("image/png", PNG), "selfie": image("image/jpeg", JPEG)})
}

async fn actions(world: &World, user: UserId) -> Vec<String> {
    let pseudonym = world.principal(user).await.expect("the person exists").pseudonym;
    let mut told: Vec<_> = world
        .app
        .store()
        .recent_entries_about(pseudonym, 100)
        .await
        .expect("the table answers")
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    told.sort();
    told
}

async fn objects(world: &World, user: UserId) -> usize {
    let store = world.app.store();
    store.object_versions(&store.names().files, &format!("users/{user}/"), None).await.expect("the bucket answers").0.len()
}

async fn student(grace: &Someone<'_>, ada: &Someone<'_>) {
    let asked = ada.post(STUDENT, json!({"source": "github", "githubLogin": "ada-l"})).await.status(201);
    grace.post(&format!("{LIST}/{}/approve", id(&asked)), json!({})).await.ok();
}

#[tokio::test]
async fn a_student_is_verified_once_staff_agree() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked = ada.post(STUDENT, json!({"source": "github", "githubLogin": "ada-l"})).await.status(201);
    assert_eq!((asked["status"].clone(), asked["type"].clone()), (json!("pending"), json!("student")));
    assert!(!world.principal(ada.id).await.expect("ada").student_verified, "nobody verifies themselves");
    ada.post(STUDENT, json!({"source": "hackclub"})).await.is(409, "IN_PROGRESS");
    let list = grace.get(&format!("{LIST}?status=pending&type=student")).await.ok();
    assert_eq!(
        (list["pagination"]["total"].clone(), list["data"][0]["githubProfileUrl"].clone()),
        (json!(1), json!("https://github.com/ada-l"))
    );
    let approved = grace.post(&format!("{LIST}/{}/approve", id(&asked)), json!({"reason": "seen"})).await.ok();
    assert_eq!(approved["status"], "approved");
    let principal = world.principal(ada.id).await.expect("ada");
    assert!(principal.student_verified);
    assert_eq!(principal.portal_tier, PortalTier::Educational);
    grace.post(&format!("{LIST}/{}/reject", id(&asked)), json!({"reason": "on second thought"})).await.is(409, "INVALID_ACTION");
    ada.post(STUDENT, json!({"source": "hackclub"})).await.is(409, "INVALID_ACTION");
    assert_eq!(actions(&world, ada.id).await, ["verification.approved", "verification.requested"]);
}

#[tokio::test]
async fn a_student_who_shall_show_it_again_hears_so_at_the_next_sign_in() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let again = path(&ada, "require-student-reverify");
    grace.post(&again, json!({})).await.is(409, "INVALID_ACTION");
    student(&grace, &ada).await;
    let sign_in = async || world.anyone().post("/api/sessions/login", json!({"email": ada.email, "password": PASSWORD})).await.ok();
    assert_eq!(sign_in().await["reverifyRequired"], false);
    let flagged = grace.post(&again, json!({"reason": "a year is over"})).await.ok();
    assert_eq!((flagged["reverifyRequired"].clone(), flagged["portalTier"].clone()), (json!(true), json!("free")));
    let tokens = sign_in().await;
    assert_eq!(tokens["reverifyRequired"], true);
    assert_eq!(
        world.anyone().post("/api/sessions/refresh", json!({"refreshToken": tokens["refreshToken"]})).await.ok()["reverifyRequired"],
        true
    );
    grace.post(&again, json!({})).await.ok();
    student(&grace, &ada).await;
    assert_eq!(sign_in().await["reverifyRequired"], false);
    assert_eq!(world.principal(ada.id).await.expect("ada").portal_tier, PortalTier::Educational, "the tier is back");
    assert_eq!(actions(&world, ada.id).await.iter().filter(|action| *action == "student.reverify_required").count(), 1);
}

#[tokio::test]
async fn student_status_goes_with_its_tier_its_limits_and_its_plan() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table answers");
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = world.principal(ada.id).await.expect("ada");
    student(&grace, &ada).await;
    grace.post(&path(&ada, "apply-plan"), json!({"planId": EDUCATIONAL})).await.ok();
    let gone = grace.delete(&format!("{}?reason=graduated", path(&ada, "deassign-student"))).await.ok();
    assert_eq!(
        (gone["studentVerified"].clone(), gone["portalTier"].clone(), gone["limits"].clone(), gone["source"].clone()),
        (json!(false), json!("free"), json!({}), Value::Null)
    );
    let after = world.principal(ada.id).await.expect("ada");
    assert_eq!((after.student_verified, after.portal_tier, after.storage_quota), (false, before.portal_tier, before.storage_quota));
    assert_eq!(grace.delete(&path(&ada, "deassign-student")).await.ok(), gone, "asking twice changes nothing");
    assert_eq!(actions(&world, ada.id).await.iter().filter(|action| *action == "student.deassigned").count(), 1);
}

#[tokio::test]
async fn a_paid_plan_survives_the_end_of_student_status() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table answers");
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    student(&grace, &ada).await;
    grace.post(&path(&ada, "apply-plan"), json!({"planId": "prd_00000000000000000000000002"})).await.ok();
    assert_eq!(grace.delete(&path(&ada, "deassign-student")).await.ok()["portalTier"], "paid");
    assert_eq!(
        grace.delete(&path(&ada, "cancel-plan")).await.ok()["portalTier"],
        "free",
        "what lies under the plan is a student's no more"
    );
}

#[tokio::test]
async fn identity_is_seen_by_few_and_every_view_is_written_down() {
    let world = world().await;
    let (grace, linus, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.staff("linus", BuiltInRole::Staff).await, world.person("ada").await);
    let asked = id(&ada.post(IDENTITY, papers()).await.status(201));
    assert_eq!(
        linus.get(&format!("{LIST}/{asked}")).await.ok()["images"],
        json!([{"kind": "document", "contentType": "image/png", "size": PNG.len()}, {"kind": "selfie", "contentType": "image/jpeg", "size": JPEG.len()}])
    );
    let images = format!("{LIST}/{asked}/images");
    linus.get(&format!("{images}/document")).await.is(403, "PERMISSION_DENIED");
    ada.get(&format!("{images}/document")).await.is(403, "ADMIN_REQUIRED");
    grace.get(&format!("{images}/passport")).await.is(404, "NOT_FOUND");
    let seen = grace.get(&format!("{images}/selfie")).await;
    seen.status(303);
    let fetched = reqwest::get(seen.header("location")).await.expect("the bucket answers").bytes().await.expect("the image");
    assert_eq!(&fetched[..], JPEG);
    assert_eq!(actions(&world, ada.id).await, ["verification.image_viewed", "verification.requested"]);
    linus.post(&format!("{LIST}/{asked}/approve"), json!({})).await.is(403, "PERMISSION_DENIED");
    grace.post(&format!("{LIST}/{asked}/approve"), json!({})).await.ok();
    assert!(world.principal(ada.id).await.expect("ada").id_verified);
    ada.post(IDENTITY, papers()).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_rejection_says_why_and_leaves_the_way_open() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked = id(&ada.post(IDENTITY, papers()).await.status(201));
    grace.post(&format!("{LIST}/{asked}/reject"), json!({})).await.is(422, "VALIDATION_FAILED");
    let rejected = grace.post(&format!("{LIST}/{asked}/reject"), json!({"reason": "the card has expired"})).await.ok();
    assert_eq!((rejected["status"].clone(), rejected["reason"].clone()), (json!("rejected"), json!("the card has expired")));
    assert!(!world.principal(ada.id).await.expect("ada").id_verified);
    ada.post(IDENTITY, papers()).await.status(201);
    assert_eq!(grace.get(&format!("{LIST}?type=identity")).await.ok()["pagination"]["total"], 2);
}

#[tokio::test]
async fn an_image_that_comes_later_is_put_to_its_own_address() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked = ada
        .post(IDENTITY, json!({"document": {"contentType": "image/png", "size": PNG.len()}, "selfie": image("image/jpeg", JPEG)}))
        .await
        .status(201);
    let approve = format!("{LIST}/{}/approve", id(&asked));
    grace.post(&approve, json!({})).await.is(409, "INVALID_ACTION");
    let put = &asked["uploads"][0];
    assert_eq!(
        (put["name"].clone(), put["method"].clone(), asked["uploads"].as_array().map(Vec::len)),
        (json!("document"), json!("PUT"), Some(1))
    );
    let sent = reqwest::Client::new()
        .put(put["url"].as_str().expect("a URL"))
        .header("content-type", "image/png")
        .body(PNG)
        .send()
        .await
        .expect("the bucket answers");
    assert!(sent.status().is_success(), "{}", sent.status());
    grace.post(&approve, json!({})).await.ok();
}

#[tokio::test]
async fn images_go_some_days_after_the_decision_and_the_decision_stays() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked = id(&ada.post(IDENTITY, papers()).await.status(201));
    let sweep = async || {
        fn_sweeper::handle(world.app.clone(), json!({"job": "janitor"}), Deadline::within(Duration::from_secs(240)))
            .await
            .expect("everything could be done")
            .images
    };
    world.advance(40 * DAY);
    assert_eq!(sweep().await, 0, "what waits is kept");
    let mut grace = grace;
    grace.renew().await;
    grace.post(&format!("{LIST}/{asked}/approve"), json!({})).await.ok();
    world.advance(30 * DAY - 1000);
    assert_eq!((sweep().await, objects(&world, ada.id).await), (0, 2));
    world.advance(1000);
    assert_eq!((sweep().await, objects(&world, ada.id).await), (1, 0));
    assert_eq!(sweep().await, 0);
    grace.renew().await;
    let view = grace.get(&format!("{LIST}/{asked}")).await.ok();
    assert_eq!((view["status"].clone(), view["imagesRemovedAt"].is_string()), (json!("approved"), true));
    grace.get(&format!("{LIST}/{asked}/images/selfie")).await.is(404, "NOT_FOUND");
    assert!(actions(&world, ada.id).await.contains(&"verification.images_removed".to_owned()));
}

#[tokio::test]
async fn what_is_sent_is_checked_and_what_is_refused_leaves_nothing() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world.anyone().post(IDENTITY, papers()).await.is(401, "UNAUTHENTICATED");
    world.anyone().post(STUDENT, json!({})).await.is(401, "UNAUTHENTICATED");
    let selfie = || image("image/jpeg", JPEG);
    let wrong = [
        json!({}),
        json!({"document": selfie()}),
        json!({"document": image("image/png", JPEG), "selfie": selfie()}),
        json!({"document": image("text/html", PNG), "selfie": selfie()}),
        json!({"document": {"contentType": "image/png"}, "selfie": selfie()}),
        json!({"document": {"contentType": "image/png", "size": 11_000_000}, "selfie": selfie()}),
        json!({"document": {"contentType": "image/png", "data": "%%%"}, "selfie": selfie()}),
        json!({"document": {"contentType": "image/png", "data": "AA==", "size": 1}, "selfie": selfie()}),
    ];
    for body in wrong {
        ada.post(IDENTITY, body).await.is(422, "VALIDATION_FAILED");
    }
    ada.post(IDENTITY, json!({"document": {"contentType": "image/png", "data": "A".repeat(1 << 20)}})).await.is(413, "TOO_LARGE");
    for body in [
        json!({"source": "github"}),
        json!({"source": "document"}),
        json!({"source": "friend"}),
        json!({"source": "github", "githubLogin": "no spaces"}),
    ] {
        ada.post(STUDENT, body).await.is(422, "VALIDATION_FAILED");
    }
    ada.post(IDENTITY, papers()).await.status(201);
    ada.post(IDENTITY, papers()).await.is(409, "IN_PROGRESS");
    assert_eq!(objects(&world, ada.id).await, 2, "the images of the refused request are gone");
    grace.get(&format!("{LIST}?status=open")).await.is(422, "VALIDATION_FAILED");
    grace.get(&format!("{LIST}/ver_01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.is(404, "NOT_FOUND");
    grace.post(&format!("{LIST}/ver_01ARZ3NDEKTSV4RRFFQ69G5FAV/approve"), json!({})).await.is(404, "NOT_FOUND");
    let own = id(&grace.post(STUDENT, json!({"source": "hackclub"})).await.status(201));
    grace.post(&format!("{LIST}/{own}/approve"), json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    for what in ["deassign-student", "require-student-reverify"] {
        let method = if what == "deassign-student" { http::Method::DELETE } else { http::Method::POST };
        let ask = async |someone: &Someone<'_>, whose: &str| {
            someone.ask(method.clone(), &format!("/api/admin/users/{whose}/{what}"), "", bytes::Bytes::new()).await
        };
        ask(&world.anyone(), &ada.id.to_string()).await.is(401, "UNAUTHENTICATED");
        ask(&ada, &ada.id.to_string()).await.is(403, "ADMIN_REQUIRED");
        ask(&grace, "me").await.is(409, "CANNOT_MODIFY_SELF");
        ask(&grace, "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV").await.is(404, "INVALID_USER_ID");
    }
}

#[tokio::test]
async fn of_two_decisions_at_once_one_stands() {
    let world = world().await;
    let (grace, joan, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.staff("joan", BuiltInRole::Admin).await, world.person("ada").await);
    let asked = id(&ada.post(STUDENT, json!({"source": "hackclub"})).await.status(201));
    let (approve, reject) = (format!("{LIST}/{asked}/approve"), format!("{LIST}/{asked}/reject"));
    let (one, other) = tokio::join!(grace.post(&approve, json!({})), joan.post(&reject, json!({"reason": "not a student"})));
    assert_eq!([one.status.as_u16(), other.status.as_u16()].iter().filter(|status| **status == 200).count(), 1);
    let status = grace.get(&format!("{LIST}/{asked}")).await.ok()["status"].clone();
    assert_eq!(world.principal(ada.id).await.expect("ada").student_verified, status == "approved");
}

#[tokio::test]
async fn documents_are_kept_listed_and_every_look_is_written_down() {
    let world = world().await;
    let (grace, linus, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.staff("linus", BuiltInRole::Staff).await, world.person("ada").await);
    let documents = path(&ada, "documents");
    let body = json!({"name": "Contract", "description": "signed", "contentType": "application/pdf", "data": BASE64.encode(b"%PDF-1.7 and so on")});
    world.anyone().get(&documents).await.is(401, "UNAUTHENTICATED");
    ada.get(&documents).await.is(403, "ADMIN_REQUIRED");
    linus.get(&documents).await.is(403, "PERMISSION_DENIED");
    linus.post(&documents, body.clone()).await.is(403, "PERMISSION_DENIED");
    for wrong in [
        json!({}),
        json!({"name": "x", "contentType": "application/pdf", "data": BASE64.encode(PNG)}),
        json!({"name": "", "contentType": "application/pdf", "data": "JVBERi0="}),
    ] {
        grace.post(&documents, wrong).await.is(422, "VALIDATION_FAILED");
    }
    grace.post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/documents", body.clone()).await.is(404, "INVALID_USER_ID");
    assert_eq!(objects(&world, ada.id).await, 0);
    grace.post(&documents, body).await.status(201);
    let list = grace.get(&documents).await.ok();
    assert_eq!((list["pagination"]["total"].clone(), list["data"][0]["name"].clone()), (json!(1), json!("Contract")));
    let fetched = reqwest::get(list["data"][0]["url"].as_str().expect("a URL"))
        .await
        .expect("the bucket answers")
        .bytes()
        .await
        .expect("the document");
    assert_eq!(&fetched[..], b"%PDF-1.7 and so on");
    assert_eq!(actions(&world, ada.id).await, ["document.added", "document.viewed"]);
}

#[tokio::test]
async fn an_erasure_leaves_nothing_of_what_staff_kept() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table answers");
    let (root, ada) = (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    student(&root, &ada).await;
    ada.post(IDENTITY, papers()).await.status(201);
    root.post(&path(&ada, "documents"), json!({"name": "Contract", "contentType": "application/pdf", "data": BASE64.encode(b"%PDF-1.7")}))
        .await
        .status(201);
    root.post(&path(&ada, "notes"), json!({"text": "kind"})).await.status(201);
    let end = world.app.now().plus(DAY).to_string();
    root.post(&path(&ada, "grants"), json!({"type": "storage", "amount": 5, "expiresAt": end})).await.status(201);
    root.put(&path(&ada, "contributor-profile"), json!({"title": "Maintainer"})).await.ok();
    root.post(&path(&ada, "apply-plan"), json!({"planId": EDUCATIONAL})).await.ok();
    root.delete_with(&format!("/api/admin/users/{}", ada.id), json!({"confirmDelete": true, "reason": "asked for it"})).await.ok();
    world.settle().await;
    let store = world.app.store();
    assert!(world.principal(ada.id).await.is_none());
    assert_eq!(store.keys_of(&store.names().accounts, &format!("USER#{}", ada.id), None).await.expect("the table answers").0, []);
    let left: Vec<_> =
        store.operations_of(ada.id).await.expect("the table answers").into_iter().filter(|key| !key.pk.starts_with("DELETION#")).collect();
    assert_eq!(left, []);
    assert_eq!(objects(&world, ada.id).await, 0);
    assert_eq!(root.get(LIST).await.ok()["pagination"]["total"], 0);
}
