//! Identity: visible to few, each view is audited, decided once, announced by email, and the images
//! are removed some days later.

use std::time::Duration;

use provost_domain::{
    BuiltInRole,
    time::{DAY, HOUR},
    verification::UPLOADS_OVER,
};
use provost_jobs::Deadline;
use provost_testkit::{KillPoint, World};
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn identity_images_require_the_permission_and_every_view_is_audited() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let reply = ada.post(IDENTITY, papers()).await;
    let asked = id(&reply.status(201));
    ada.get(&reply.header("location")).await.ok();
    assert_eq!(
        linus.get(&format!("{LIST}/{asked}")).await.ok()["images"],
        json!([
            {"kind": "document", "contentType": "image/png", "size": png().len(), "uploaded": true},
            {"kind": "selfie", "contentType": "image/jpeg", "size": jpeg().len(), "uploaded": true},
        ])
    );
    let images = format!("{LIST}/{asked}/images");
    linus.get(&format!("{images}/document")).await.is(403, "PERMISSION_DENIED");
    ada.get(&format!("{images}/document")).await.is(403, "ADMIN_REQUIRED");
    grace.get(&format!("{images}/passport")).await.is(404, "NOT_FOUND");
    grace
        .with_header("x-reason", "x")
        .get(&format!("{images}/selfie"))
        .await
        .is(422, "VALIDATION_FAILED");
    let seen = grace.get(&format!("{images}/selfie")).await;
    seen.status(303);
    let url = seen.header("location");
    assert!(url.contains("X-Amz-Expires=60"), "it is valid for one minute: {url}");
    assert_eq!(fetched(&url).await, jpeg());
    assert_eq!(
        actions(&world, ada.id).await,
        ["verification.image_viewed", "verification.requested"]
    );
    linus.post(&format!("{LIST}/{asked}/approve"), json!({})).await.is(403, "PERMISSION_DENIED");
    grace.post(&format!("{LIST}/{asked}/approve"), json!({})).await.ok();
    assert!(world.user(ada.id).await.expect("ada").id_verified);
    ada.post(IDENTITY, papers()).await.is(409, "INVALID_ACTION");
    world.settle().await;
}

/// The sent emails, as template and text.
async fn emails(world: &World) -> Vec<(String, String)> {
    world.settle().await;
    let reader = world
        .staff(
            &format!("reader{}", world.app.id(provost_domain::MessageId::new)),
            BuiltInRole::RootAdmin,
        )
        .await;
    let log = reader.get("/api/admin/email/logs").await.ok();
    let text = |email: &Value, what: &str| email[what].as_str().expect("a text").to_owned();
    log["data"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|email| (text(email, "template"), text(email, "body")))
        .collect()
}

#[tokio::test]
async fn a_rejection_gives_the_reason_and_allows_a_new_request() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked = id(&ada.post(IDENTITY, papers()).await.status(201));
    grace.post(&format!("{LIST}/{asked}/reject"), json!({})).await.is(422, "VALIDATION_FAILED");
    grace
        .post(&format!("{LIST}/{asked}/reject"), json!({"reason": "no"}))
        .await
        .is(422, "VALIDATION_FAILED");
    let rejected = grace
        .post(&format!("{LIST}/{asked}/reject"), json!({"reason": "the card has expired"}))
        .await
        .ok();
    assert_eq!(
        (rejected["status"].clone(), rejected["reason"].clone()),
        (json!("rejected"), json!("the card has expired"))
    );
    assert!(!world.user(ada.id).await.expect("ada").id_verified);
    let emails = emails(&world).await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    assert_eq!(emails[0].0, "verification-rejected");
    assert!(
        emails[0].1.contains("verify your identity")
            && emails[0].1.contains("\nReason: the card has expired\n"),
        "{emails:?}"
    );
    grace.post(&format!("{LIST}/{asked}/approve"), json!({})).await.is(409, "INVALID_ACTION");
    ada.post(IDENTITY, papers()).await.status(201);
    assert_eq!(grace.get(&format!("{LIST}?type=identity")).await.ok()["pagination"]["total"], 2);
    assert_eq!(
        actions(&world, ada.id).await,
        ["verification.rejected", "verification.requested", "verification.requested"]
    );
}

#[tokio::test]
async fn an_approval_sends_one_email() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    student(&grace, &ada).await;
    let emails = emails(&world).await;
    assert_eq!(
        emails.iter().map(|email| email.0.as_str()).collect::<Vec<_>>(),
        ["verification-approved"]
    );
    assert!(emails[0].1.contains("Your student status has been verified"), "{emails:?}");
}

#[tokio::test]
async fn an_image_uploaded_later_is_checked_before_it_is_shown() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let photograph = jpeg_of(640, 480, b"\xff\xfe\0\x10Ada lives here");
    let asked = ada
        .post(
            IDENTITY,
            json!({"document": {"contentType": "image/jpeg", "size": photograph.len()}, "selfie": image("image/jpeg", &jpeg())}),
        )
        .await
        .status(201);
    let (approve, see) = (
        format!("{LIST}/{}/approve", id(&asked)),
        format!("{LIST}/{}/images/document", id(&asked)),
    );
    grace.post(&approve, json!({})).await.is(409, "INVALID_ACTION");
    grace.get(&see).await.is(409, "INVALID_ACTION");
    let upload = &asked["uploads"][0];
    assert_eq!(
        (
            &upload["name"],
            &upload["method"],
            &upload["size"],
            asked["uploads"].as_array().map(Vec::len)
        ),
        (&json!("document"), &json!("PUT"), &json!(photograph.len()), Some(1))
    );
    assert!(upload["url"].as_str().expect("a URL").contains("X-Amz-Expires=60"));
    put(upload, photograph).await;
    let seen = grace.get(&see).await;
    seen.status(303);
    assert_eq!(fetched(&seen.header("location")).await, jpeg(), "the metadata was removed");
    // Another image of the same size uploaded to the URL while it is valid: the image that staff
    // saw is kept.
    put(upload, jpeg_of(641, 481, b"\xff\xfe\0\x10Ada lives here")).await;
    let again = grace.get(&see).await;
    assert_eq!(fetched(&again.header("location")).await, jpeg());
    grace.post(&approve, json!({})).await.ok();
    assert!(world.user(ada.id).await.expect("ada").id_verified);
    assert_eq!(
        actions(&world, ada.id).await,
        [
            "verification.approved",
            "verification.image_viewed",
            "verification.image_viewed",
            "verification.requested"
        ],
        "a refused view is not audited"
    );
    world.settle().await;
}

#[tokio::test]
async fn a_killed_request_has_its_images_or_does_not_exist() {
    let mut call = 0;
    loop {
        call += 1;
        let world = world().await;
        let (grace, ada) =
            (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
        world.interceptor.kill_at(if call % 2 == 0 {
            KillPoint::Before(call / 2)
        } else {
            KillPoint::After(call.div_ceil(2))
        });
        // The request continues, and every call after this point fails.
        let answered = ada.post(IDENTITY, papers()).await;
        let through = !world.interceptor.is_dead();
        world.interceptor.reset();
        let list = grace.get(LIST).await.ok();
        if list["pagination"]["total"] == 0 {
            assert!(!answered.status.is_success(), "cut off at call {call}");
            ada.post(IDENTITY, papers()).await.status(201);
        }
        let asked = id(&grace.get(LIST).await.ok()["data"][0]);
        ada.post(IDENTITY, papers()).await.is(409, "IN_PROGRESS");
        grace.post(&format!("{LIST}/{asked}/approve"), json!({})).await.ok();
        assert_eq!(
            actions(&world, ada.id).await,
            ["verification.approved", "verification.requested"],
            "cut off at call {call}"
        );
        world.settle().await;
        if through {
            break;
        }
    }
    assert!(call > 8, "the request makes enough calls");
}

#[tokio::test]
async fn a_view_killed_at_any_call_can_be_repeated() {
    let mut call = 0;
    loop {
        call += 1;
        let world = world().await;
        let (grace, ada) =
            (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
        let later = json!({"contentType": "image/png", "size": png().len()});
        let asked = ada
            .post(IDENTITY, json!({"document": later, "selfie": image("image/jpeg", &jpeg())}))
            .await
            .status(201);
        put(&asked["uploads"][0], png()).await;
        let see = format!("{LIST}/{}/images/document", id(&asked));
        world.interceptor.kill_at(if call % 2 == 0 {
            KillPoint::Before(call / 2)
        } else {
            KillPoint::After(call.div_ceil(2))
        });
        let ended = world.interceptor.until_killed(grace.get(&see)).await;
        world.interceptor.reset();
        let seen = grace.get(&see).await;
        seen.status(303);
        assert_eq!(fetched(&seen.header("location")).await, png(), "killed at call {call}");
        grace.post(&format!("{LIST}/{}/approve", id(&asked)), json!({})).await.ok();
        world.settle().await;
        if ended.is_some() {
            break;
        }
    }
    assert!(call > 16, "the view makes enough calls");
}

#[tokio::test]
async fn images_are_removed_some_days_after_the_decision_which_is_kept() {
    let world = world().await;
    let ada = world.person("ada").await;
    let asked = id(&ada.post(IDENTITY, papers()).await.status(201));
    let expire = async || {
        fn_scheduler::handle(
            world.app.clone(),
            json!({"job": "retention"}),
            Deadline::within(Duration::from_secs(240)),
        )
        .await
        .expect("all jobs succeed")
        .images
    };
    world.advance(40 * DAY);
    assert_eq!(expire().await, 0, "the images of a pending verification are kept");
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.post(&format!("{LIST}/{asked}/approve"), json!({})).await.ok();
    world.advance(30 * DAY - 1000);
    assert_eq!((expire().await, objects(&world, ada.id).await.len()), (0, 2));
    world.advance(1000);
    assert_eq!((expire().await, objects(&world, ada.id).await.len()), (1, 0));
    assert_eq!(expire().await, 0);
    let joan = world.staff("joan", BuiltInRole::Admin).await;
    let view = joan.get(&format!("{LIST}/{asked}")).await.ok();
    assert_eq!(
        (view["status"].clone(), view["imagesRemovedAt"].is_string()),
        (json!("approved"), true)
    );
    joan.get(&format!("{LIST}/{asked}/images/selfie")).await.is(404, "NOT_FOUND");
    assert!(actions(&world, ada.id).await.contains(&"verification.images_removed".to_owned()));
    world.settle().await;
}

#[tokio::test]
async fn of_two_concurrent_decisions_one_counts() {
    let world = world().await;
    let (grace, joan, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("joan", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let asked = id(&ada.post(STUDENT, json!({"source": "hackclub"})).await.status(201));
    let (approve, reject) = (format!("{LIST}/{asked}/approve"), format!("{LIST}/{asked}/reject"));
    let (one, other) = tokio::join!(
        grace.post(&approve, json!({})),
        joan.post(&reject, json!({"reason": "not a student"}))
    );
    assert_eq!(
        [one.status.as_u16(), other.status.as_u16()]
            .iter()
            .filter(|status| **status == 200)
            .count(),
        1
    );
    let status = grace.get(&format!("{LIST}/{asked}")).await.ok()["status"].clone();
    assert_eq!(world.user(ada.id).await.expect("ada").student_verified, status == "approved");
    world.settle().await;
}

#[tokio::test]
async fn of_many_concurrent_requests_one_is_pending_with_its_images() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let body = papers();
    let replies = tokio::join!(
        ada.post(IDENTITY, body.clone()),
        ada.post(IDENTITY, body.clone()),
        ada.post(IDENTITY, body.clone()),
        ada.post(IDENTITY, body.clone())
    );
    let replies = [replies.0, replies.1, replies.2, replies.3];
    let asked: Vec<_> =
        replies.iter().filter(|reply| reply.status == 201).map(|reply| id(&reply.json())).collect();
    assert_eq!(asked.len(), 1);
    assert!(replies.iter().all(|reply| reply.status == 201 || reply.code() == "IN_PROGRESS"));
    assert_eq!(grace.get(LIST).await.ok()["pagination"]["total"], 1);
    let mut kept = objects(&world, ada.id).await;
    kept.sort();
    assert_eq!(
        kept,
        [format!("identity/{}/document", asked[0]), format!("identity/{}/selfie", asked[0])],
        "no image of the other requests is stored"
    );
}

#[tokio::test]
async fn a_request_without_its_uploads_is_superseded_by_the_next() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let later = || json!({"document": {"contentType": "image/png", "size": png().len()}, "selfie": image("image/jpeg", &jpeg())});
    let missed = id(&ada.post(IDENTITY, later()).await.status(201));
    let arrived = async |asked: &str| {
        let view = grace.get(&format!("{LIST}/{asked}")).await.ok();
        view["images"]
            .as_array()
            .expect("images")
            .iter()
            .map(|image| image["uploaded"] == true)
            .collect::<Vec<_>>()
    };
    assert_eq!(arrived(&missed).await, [false, true]);
    ada.post(IDENTITY, later()).await.is(409, "IN_PROGRESS");
    world.advance(UPLOADS_OVER);
    let again = ada.post(IDENTITY, later()).await.status(201);
    assert_eq!(grace.get(&format!("{LIST}/{missed}")).await.ok()["status"], "superseded");
    grace.post(&format!("{LIST}/{missed}/approve"), json!({})).await.is(409, "INVALID_ACTION");
    assert_eq!(grace.get(&format!("{LIST}?status=pending")).await.ok()["pagination"]["total"], 1);
    assert_eq!(
        grace.get(&format!("{LIST}?status=superseded")).await.ok()["data"][0]["id"],
        json!(missed)
    );
    // Uploaded images are kept, however long the decision takes.
    put(&again["uploads"][0], png()).await;
    assert_eq!(arrived(&id(&again)).await, [true, true]);
    world.advance(UPLOADS_OVER);
    ada.post(IDENTITY, later()).await.is(409, "IN_PROGRESS");
    grace.post(&format!("{LIST}/{}/approve", id(&again)), json!({})).await.ok();
    // The objects of the superseded request are removed in the next run.
    world.advance(HOUR);
    fn_scheduler::handle(
        world.app.clone(),
        json!({"job": "retention"}),
        Deadline::within(Duration::from_secs(240)),
    )
    .await
    .expect("the run succeeds");
    assert!(objects(&world, ada.id).await.iter().all(|key| !key.contains(&missed)));
    assert_eq!(
        actions(&world, ada.id).await,
        [
            "verification.approved",
            "verification.images_removed",
            "verification.requested",
            "verification.requested",
            "verification.superseded"
        ]
    );
    world.settle().await;
}

#[tokio::test]
async fn the_image_viewed_first_is_kept_when_two_views_race() {
    let world = world().await;
    let store = world.app.store();
    let files = &store.names().files;
    let place = "users/usr_x/identity/ver_x/document";
    assert!(
        store
            .put_new_object(files, place, "image/png", png().into())
            .await
            .expect("the bucket responds")
    );
    assert!(
        !store
            .put_new_object(files, place, "image/png", png_of(1, 1, b"").into())
            .await
            .expect("the bucket responds")
    );
    let kept =
        store.open_object(files, place).await.expect("the bucket responds").expect("an object");
    assert_eq!(kept.collect().await.expect("its bytes").into_bytes(), png());
}

#[tokio::test]
async fn a_jpeg_is_accepted_under_all_content_types_that_browsers_use() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let asked =
        ada.post(IDENTITY, json!({"document": image("image/jpg", &jpeg()), "selfie": image("image/pjpeg", &jpeg())})).await.status(201);
    assert_eq!(asked["uploads"], json!([]));
    let later = json!({"contentType": "image/pjpeg", "size": jpeg().len()});
    let asked = bob
        .post(IDENTITY, json!({"document": later, "selfie": image("image/jpg", &jpeg())}))
        .await
        .status(201);
    assert_eq!(
        asked["uploads"][0]["contentType"], "image/pjpeg",
        "the upload uses the declared content type"
    );
    let eve = world.person("eve").await;
    eve.post(
        IDENTITY,
        json!({"document": image("image/jpg", &png()), "selfie": image("image/jpg", &jpeg())}),
    )
    .await
    .is(422, "VALIDATION_FAILED");
}
