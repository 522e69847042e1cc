//! Student status: requested, decided, requested again, and removed.

use provost_domain::{BuiltInRole, user::PortalTier};
use provost_testkit::people::PASSWORD;
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn a_student_is_verified_once_staff_approve() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked =
        ada.post(STUDENT, json!({"source": "github", "githubLogin": "ada-l"})).await.status(201);
    assert_eq!(
        (asked["status"].clone(), asked["type"].clone()),
        (json!("pending"), json!("student"))
    );
    assert!(
        !world.user(ada.id).await.expect("ada").student_verified,
        "a request alone does not verify"
    );
    ada.post(STUDENT, json!({"source": "hackclub"})).await.is(409, "IN_PROGRESS");
    let list = grace.get(&format!("{LIST}?status=pending&type=student")).await.ok();
    assert_eq!(
        (list["pagination"]["total"].clone(), list["data"][0]["githubProfileUrl"].clone()),
        (json!(1), json!("https://github.com/ada-l"))
    );
    let approved =
        grace.post(&format!("{LIST}/{}/approve", id(&asked)), json!({"reason": "seen"})).await.ok();
    assert_eq!(approved["status"], "approved");
    let user = world.user(ada.id).await.expect("ada");
    assert!(user.student_verified);
    assert_eq!(user.portal_tier, PortalTier::Educational);
    grace
        .post(&format!("{LIST}/{}/reject", id(&asked)), json!({"reason": "on second thought"}))
        .await
        .is(409, "INVALID_ACTION");
    ada.post(STUDENT, json!({"source": "hackclub"})).await.is(409, "INVALID_ACTION");
    assert_eq!(actions(&world, ada.id).await, ["verification.approved", "verification.requested"]);
    world.settle().await;
}

#[tokio::test]
async fn a_required_reverification_is_reported_at_the_next_sign_in() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let again = path(&ada, "require-student-reverify");
    grace.post(&again, json!({})).await.is(409, "INVALID_ACTION");
    student(&grace, &ada).await;
    let sign_in = async || {
        world
            .anyone()
            .post("/api/sessions/login", json!({"email": ada.email, "password": PASSWORD}))
            .await
            .ok()
    };
    assert_eq!(sign_in().await["reverifyRequired"], false);
    let flagged = grace.post(&again, json!({"reason": "a year is over"})).await.ok();
    assert_eq!(
        (flagged["reverifyRequired"].clone(), flagged["portalTier"].clone()),
        (json!(true), json!("free"))
    );
    let tokens = sign_in().await;
    assert_eq!(tokens["reverifyRequired"], true);
    assert_eq!(
        world
            .anyone()
            .post("/api/sessions/refresh", json!({"refreshToken": tokens["refreshToken"]}))
            .await
            .ok()["reverifyRequired"],
        true
    );
    grace.post(&again, json!({})).await.ok();
    student(&grace, &ada).await;
    assert_eq!(sign_in().await["reverifyRequired"], false);
    assert_eq!(
        world.user(ada.id).await.expect("ada").portal_tier,
        PortalTier::Educational,
        "the tier is restored"
    );
    assert_eq!(
        actions(&world, ada.id)
            .await
            .iter()
            .filter(|action| *action == "student.reverify_required")
            .count(),
        1
    );
    world.settle().await;
}

#[tokio::test]
async fn removing_student_status_removes_its_tier_limits_and_plan() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = world.user(ada.id).await.expect("ada");
    student(&grace, &ada).await;
    grace.post(&path(&ada, "apply-plan"), json!({"planId": EDUCATIONAL})).await.ok();
    let gone =
        grace.delete(&format!("{}?reason=graduated", path(&ada, "deassign-student"))).await.ok();
    assert_eq!(
        (
            gone["studentVerified"].clone(),
            gone["portalTier"].clone(),
            gone["limits"].clone(),
            gone["source"].clone()
        ),
        (json!(false), json!("free"), json!({}), Value::Null)
    );
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!(
        (after.student_verified, after.portal_tier, after.storage_quota),
        (false, before.portal_tier, before.storage_quota)
    );
    assert_eq!(
        grace.delete(&path(&ada, "deassign-student")).await.ok(),
        gone,
        "a second request changes nothing"
    );
    assert_eq!(
        actions(&world, ada.id)
            .await
            .iter()
            .filter(|action| *action == "student.deassigned")
            .count(),
        1
    );
    world.settle().await;
}

#[tokio::test]
async fn a_paid_plan_is_kept_when_student_status_ends() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    student(&grace, &ada).await;
    grace
        .post(&path(&ada, "apply-plan"), json!({"planId": "prd_00000000000000000000000002"}))
        .await
        .ok();
    assert_eq!(grace.delete(&path(&ada, "deassign-student")).await.ok()["portalTier"], "paid");
    assert_eq!(
        grace.delete(&path(&ada, "cancel-plan")).await.ok()["portalTier"],
        "free",
        "the base tier is no longer educational"
    );
    world.settle().await;
}

#[tokio::test]
async fn a_school_document_or_hack_club_is_accepted_as_proof() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let proof = json!({"contentType": "application/pdf", "size": PDF.len()});
    let asked =
        ada.post(STUDENT, json!({"source": "document", "document": proof})).await.status(201);
    put(&asked["uploads"][0], PDF.to_vec()).await;
    let seen = grace.get(&format!("{LIST}/{}/images/document", id(&asked))).await;
    seen.status(303);
    assert_eq!(fetched(&seen.header("location")).await, PDF);
    assert!(
        seen.header("location").contains("attachment"),
        "a PDF is downloaded, never shown inline"
    );
    grace.get(&format!("{LIST}/{}/images/selfie", id(&asked))).await.is(404, "NOT_FOUND");
    let other = bob.post(STUDENT, json!({"source": "hackclub"})).await.status(201);
    for (person, asked, source) in [(&ada, asked, "document"), (&bob, other, "hackclub")] {
        let approved = grace.post(&format!("{LIST}/{}/approve", id(&asked)), json!({})).await.ok();
        assert_eq!((&approved["source"], &approved["githubLogin"]), (&json!(source), &Value::Null));
        assert_eq!(person.get("/api/users/me").await.ok()["studentVerified"], true);
    }
    assert_eq!(
        grace.get(&format!("{LIST}?type=student&status=approved&limit=1")).await.ok()["pagination"]
            ["pages"],
        2
    );
    assert_eq!(grace.get(&format!("{LIST}?status=rejected")).await.ok()["pagination"]["total"], 0);
    world.settle().await;
}

#[tokio::test]
async fn a_rejected_proof_leaves_the_restriction_in_place() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    student(&grace, &ada).await;
    grace.post(&path(&ada, "require-student-reverify"), json!({})).await.ok();
    let login = json!({"email": ada.email, "password": PASSWORD});
    let again = ada.post(STUDENT, json!({"source": "hackclub"})).await.status(201);
    grace
        .post(&format!("{LIST}/{}/reject", id(&again)), json!({"reason": "not on the list"}))
        .await
        .ok();
    let tokens = world.anyone().post("/api/sessions/login", login).await.ok();
    assert_eq!(tokens["reverifyRequired"], true);
    let me = ada
        .with_token(tokens["accessToken"].as_str().expect("a token"))
        .get("/api/users/me")
        .await
        .ok();
    assert_eq!((&me["portalTier"], &me["studentVerified"]), (&json!("free"), &json!(false)));
    world.settle().await;
}

#[tokio::test]
async fn reverification_keeps_a_paid_plan_and_pauses_an_educational_one() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    for (person, plan, tiers) in [
        (&ada, EDUCATIONAL, [PortalTier::Free, PortalTier::Educational]),
        (&bob, "prd_00000000000000000000000002", [PortalTier::Paid, PortalTier::Paid]),
    ] {
        student(&grace, person).await;
        grace.post(&path(person, "apply-plan"), json!({"planId": plan})).await.ok();
        grace.post(&path(person, "require-student-reverify"), json!({})).await.ok();
        assert_eq!(world.user(person.id).await.expect("the account exists").portal_tier, tiers[0]);
        student(&grace, person).await;
        assert_eq!(world.user(person.id).await.expect("the account exists").portal_tier, tiers[1]);
        grace.delete(&path(person, "cancel-plan")).await.ok();
        assert_eq!(
            world.user(person.id).await.expect("the account exists").portal_tier,
            PortalTier::Educational,
            "the base tier is educational"
        );
    }
    world.settle().await;
}

#[tokio::test]
async fn removing_and_reverifying_student_status_concurrently_is_consistent() {
    let world = world().await;
    let (grace, joan, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("joan", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    student(&grace, &ada).await;
    let (taken, asked) = (path(&ada, "deassign-student"), path(&ada, "require-student-reverify"));
    let (one, other) = tokio::join!(grace.delete(&taken), joan.post(&asked, json!({})));
    one.ok();
    assert!(matches!(other.status.as_u16(), 200 | 409), "{}", other.text());
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!(
        (after.student_verified, after.portal_tier, after.entitlements.student),
        (false, PortalTier::Free, None)
    );
    world.settle().await;
}

/// Makes a user a student as another service reports it, without a source.
async fn mark_as_student(world: &provost_testkit::World, user: provost_domain::UserId) {
    world
        .edit(user, |person| {
            (person.student_verified, person.portal_tier) = (true, PortalTier::Educational)
        })
        .await;
}

#[tokio::test]
async fn student_status_of_unknown_source_can_be_removed() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    mark_as_student(&world, ada.id).await;
    let gone = grace.delete(&path(&ada, "deassign-student")).await.ok();
    assert_eq!((&gone["studentVerified"], &gone["portalTier"]), (&json!(false), &json!("free")));
    assert!(!world.user(ada.id).await.expect("ada").student_verified);
}

#[tokio::test]
async fn student_status_of_unknown_source_can_require_reverification() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    mark_as_student(&world, ada.id).await;
    let flagged = grace.post(&path(&ada, "require-student-reverify"), json!({})).await.ok();
    assert_eq!(
        (&flagged["reverifyRequired"], &flagged["portalTier"], &flagged["source"]),
        (&json!(true), &json!("free"), &Value::Null)
    );
    student(&grace, &ada).await;
    assert_eq!(
        world.user(ada.id).await.expect("ada").portal_tier,
        PortalTier::Educational,
        "the tier is restored"
    );
    world.settle().await;
}

#[tokio::test]
async fn listing_pending_verifications_does_not_read_decided_ones() {
    let world = world().await;
    let (grace, ada, bob, eve) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
        world.person("eve").await,
    );
    for n in 0..60 {
        world.advance(1000);
        let asked = ada
            .post(STUDENT, json!({"source": "github", "githubLogin": "ada-l"}))
            .await
            .status(201);
        let why = format!("{n}: {}", "not this time, ".repeat(30));
        grace.post(&format!("{LIST}/{}/reject", id(&asked)), json!({"reason": why})).await.ok();
    }
    let mut waiting = Vec::new();
    for person in [&ada, &bob, &eve] {
        world.advance(1000);
        waiting
            .insert(0, id(&person.post(STUDENT, json!({"source": "hackclub"})).await.status(201)));
    }
    bob.post(IDENTITY, papers()).await.status(201);
    world.interceptor.reset();
    let list = grace.get(&format!("{LIST}?status=pending&type=student")).await;
    let spent = world.interceptor.spent();
    assert!(spent.reads < 6.0, "{spent:?}: {:?}", world.interceptor.log());
    let ids =
        |list: &Value| list["data"].as_array().expect("rows").iter().map(id).collect::<Vec<_>>();
    let list = list.ok();
    assert_eq!((ids(&list), &list["pagination"]["total"]), (waiting.clone(), &json!(3)));
    assert_eq!(grace.get(&format!("{LIST}?status=pending")).await.ok()["pagination"]["total"], 4);
    let first = grace.get(&format!("{LIST}?status=pending&type=student&limit=2")).await.ok();
    let next = first["pagination"]["nextCursor"].as_str().expect("there is more");
    let rest =
        grace.get(&format!("{LIST}?status=pending&type=student&limit=2&cursor={next}")).await.ok();
    assert_eq!([ids(&first), ids(&rest)].concat(), waiting);
    assert_eq!(
        (&rest["pagination"]["total"], &rest["pagination"]["nextCursor"]),
        (&json!(3), &Value::Null)
    );
    world.settle().await;
}
