//! What is refused and for whom, and that a refusal changes nothing.

use http::Method;
use provost_domain::{BuiltInRole, MessageId};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn requests_are_validated_and_a_refused_request_leaves_nothing() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world.anyone().post(IDENTITY, papers()).await.is(401, "UNAUTHENTICATED");
    world.anyone().post(STUDENT, json!({})).await.is(401, "UNAUTHENTICATED");
    let selfie = || image("image/jpeg", &jpeg());
    let wrong = [
        json!({}),
        json!({"document": selfie()}),
        json!({"document": image("image/png", &jpeg()), "selfie": selfie()}),
        json!({"document": image("text/html", &png()), "selfie": selfie()}),
        json!({"document": {"contentType": "image/png"}, "selfie": selfie()}),
        json!({"document": {"contentType": "image/png", "size": 11_000_000}, "selfie": selfie()}),
        json!({"document": {"contentType": "image/png", "data": "%%%"}, "selfie": selfie()}),
        json!({"document": {"contentType": "image/png", "data": "AA==", "size": 1}, "selfie": selfie()}),
    ];
    for body in wrong {
        ada.post(IDENTITY, body).await.is(422, "VALIDATION_FAILED");
    }
    ada.post(
        IDENTITY,
        json!({"document": {"contentType": "image/png", "data": "A".repeat(1 << 20)}}),
    )
    .await
    .is(413, "TOO_LARGE");
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
    assert_eq!(
        objects(&world, ada.id).await.len(),
        2,
        "the images of the refused request are removed"
    );
    grace.get(&format!("{LIST}?status=open")).await.is(422, "VALIDATION_FAILED");
    grace.get(&format!("{LIST}/ver_01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.is(404, "NOT_FOUND");
    grace
        .post(&format!("{LIST}/ver_01ARZ3NDEKTSV4RRFFQ69G5FAV/approve"), json!({}))
        .await
        .is(404, "NOT_FOUND");
    let own = id(&grace.post(STUDENT, json!({"source": "hackclub"})).await.status(201));
    grace.post(&format!("{LIST}/{own}/approve"), json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    for what in ["deassign-student", "require-student-reverify"] {
        let method =
            if what == "deassign-student" { http::Method::DELETE } else { http::Method::POST };
        let ask = async |someone: &Someone<'_>, whose: &str| {
            someone
                .ask(
                    method.clone(),
                    &format!("/api/admin/users/{whose}/{what}"),
                    "",
                    bytes::Bytes::new(),
                )
                .await
        };
        ask(&world.anyone(), &ada.id.to_string()).await.is(401, "UNAUTHENTICATED");
        ask(&ada, &ada.id.to_string()).await.is(403, "ADMIN_REQUIRED");
        ask(&grace, "me").await.is(409, "CANNOT_MODIFY_SELF");
        ask(&grace, NOBODY).await.is(404, "INVALID_USER_ID");
    }
}

/// All data of a user that a refused request might have changed.
async fn state(world: &World, someone: &Someone<'_>, verification: &str) -> Value {
    let (store, root) = (
        world.app.store(),
        world.staff(&format!("eye{}", world.app.id(MessageId::new)), BuiltInRole::RootAdmin).await,
    );
    let person = world.user(someone.id).await.expect("the account exists");
    json!({
        "revision": person.revision,
        "profile": store.profile(someone.id).await.expect("the table responds").limits,
        "objects": objects(world, someone.id).await,
        "verification": root.get(&format!("{LIST}/{verification}")).await.ok(),
        "actions": actions(world, someone.id).await,
    })
}

#[tokio::test]
async fn every_staff_route_refuses_callers_without_the_permission() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    student(&grace, &ada).await;
    let asked = id(&ada.post(IDENTITY, papers()).await.status(201));
    let before = state(&world, &ada, &asked).await;
    let one = |what: &str| format!("{LIST}/{asked}{what}");
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let document =
        json!({"name": "x", "contentType": "application/pdf", "data": "JVBERi0="}).to_string();
    // Method, path, a valid body, and whether all staff have access.
    let routes = [
        (&get, LIST.to_owned(), String::new(), true),
        (&get, one(""), String::new(), true),
        (&get, one("/images/document"), String::new(), false),
        (&get, one("/images/selfie"), String::new(), false),
        (&post, one("/approve"), "{}".to_owned(), false),
        (&post, one("/reject"), json!({"reason": "it is blurred"}).to_string(), false),
        (&delete, path(&ada, "deassign-student"), String::new(), false),
        (&post, path(&ada, "require-student-reverify"), "{}".to_owned(), false),
        (&get, path(&ada, "documents"), String::new(), false),
        (&post, path(&ada, "documents"), document, false),
    ];
    for (method, path, body, open) in routes {
        for body in [body.clone(), "{".to_owned()] {
            let r#type = if body.is_empty() { "" } else { "application/json" };
            let ask = async |someone: &Someone<'_>| {
                someone.ask(method.clone(), &path, r#type, body.clone().into()).await
            };
            ask(&world.anyone()).await.is(401, "UNAUTHENTICATED");
            ask(&ada).await.is(403, "ADMIN_REQUIRED");
            if !open {
                ask(&linus).await.is(403, "PERMISSION_DENIED");
            }
        }
        if *method == post {
            grace
                .ask(post.clone(), &path, "application/json", "{".into())
                .await
                .is(400, "MALFORMED_BODY");
            grace.post(&path, json!({"status": "approved"})).await.is(422, "VALIDATION_FAILED");
        }
    }
    assert_eq!(state(&world, &ada, &asked).await, before, "a refusal changes nothing");
    for what in ["", "/images/document", "/approve", "/reject"] {
        for nothing in [NOTHING, "ver_x", NOBODY] {
            let path = format!("{LIST}/{nothing}{what}");
            let missing = if what.starts_with("/im") || what.is_empty() {
                grace.get(&path).await
            } else {
                grace.post(&path, json!({"reason": "nothing"})).await
            };
            missing.is(404, "NOT_FOUND");
        }
    }
    grace
        .with_header("if-match", "\"77\"")
        .post(&one("/approve"), json!({}))
        .await
        .is(412, "STALE_VERSION");
    grace
        .with_header("if-match", "\"77\"")
        .delete(&path(&ada, "deassign-student"))
        .await
        .is(412, "STALE_VERSION");
    assert_eq!(state(&world, &ada, &asked).await, before);
    let denied = linus.post(&one("/approve"), json!({})).await.is(403, "PERMISSION_DENIED");
    assert_eq!(denied["missing"], json!(["verification.decide"]));
    world.settle().await;
}

#[tokio::test]
async fn nobody_can_decide_their_own_verification_not_even_root() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let own = id(&root.post(IDENTITY, papers()).await.status(201));
    let before = state(&world, &root, &own).await;
    root.post(&format!("{LIST}/{own}/approve"), json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    root.post(&format!("{LIST}/{own}/reject"), json!({"reason": "not I"}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    root.post(&path(&root, "require-student-reverify"), json!({}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    root.delete(&path(&root, "deassign-student")).await.is(409, "CANNOT_MODIFY_SELF");
    assert_eq!(state(&world, &root, &own).await, before);
    assert!(!world.user(root.id).await.expect("root").id_verified);
}

#[tokio::test]
async fn an_invalid_filter_is_rejected_and_never_ignored() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for query in [
        "status=open",
        "type=passport",
        "status=",
        "limit=0",
        "limit=201",
        "page=0",
        "page=1&cursor=x",
    ] {
        grace.get(&format!("{LIST}?{query}")).await.is(422, "VALIDATION_FAILED");
    }
    assert_eq!(
        grace.get(&format!("{LIST}?stauts=pending")).await.is(400, "UNKNOWN_PARAMETER")["status"],
        400
    );
    for person in ["ada", "bob", "cleo"] {
        world.person(person).await.post(STUDENT, json!({"source": "hackclub"})).await.status(201);
    }
    let first = grace.get(&format!("{LIST}?limit=2&status=pending")).await.ok();
    let cursor = first["pagination"]["nextCursor"].as_str().expect("there is more");
    let rest = grace.get(&format!("{LIST}?limit=2&status=pending&cursor={cursor}")).await.ok();
    assert_eq!(
        (first["pagination"]["total"].clone(), rest["data"].as_array().map(Vec::len)),
        (json!(3), Some(1))
    );
    grace
        .get(&format!("{LIST}?limit=2&status=approved&cursor={cursor}"))
        .await
        .is(422, "VALIDATION_FAILED");
}
