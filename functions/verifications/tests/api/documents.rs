//! Documents that staff keep about a user, and that an erasure removes.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_domain::{BuiltInRole, time::DAY};
use provost_testkit::KillPoint;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn documents_are_stored_and_listed_and_every_view_is_audited() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let documents = path(&ada, "documents");
    let body = json!({"name": "Contract", "description": "signed", "contentType": "application/pdf", "data": BASE64.encode(PDF)});
    world.anyone().get(&documents).await.is(401, "UNAUTHENTICATED");
    ada.get(&documents).await.is(403, "ADMIN_REQUIRED");
    linus.get(&documents).await.is(403, "PERMISSION_DENIED");
    linus.post(&documents, body.clone()).await.is(403, "PERMISSION_DENIED");
    for wrong in [
        json!({}),
        json!({"name": "x", "contentType": "application/pdf", "data": BASE64.encode(png())}),
        json!({"name": "", "contentType": "application/pdf", "data": "JVBERi0="}),
    ] {
        grace.post(&documents, wrong).await.is(422, "VALIDATION_FAILED");
    }
    grace
        .post(&format!("/api/admin/users/{NOBODY}/documents"), body.clone())
        .await
        .is(404, "INVALID_USER_ID");
    assert_eq!(objects(&world, ada.id).await.len(), 0);
    grace.post(&documents, body).await.status(201);
    let list = grace.get(&documents).await.ok();
    assert_eq!(
        (list["pagination"]["total"].clone(), list["data"][0]["name"].clone()),
        (json!(1), json!("Contract"))
    );
    let url = list["data"][0]["url"].as_str().expect("a URL");
    assert!(url.contains("X-Amz-Expires=60") && url.contains("attachment"), "{url}");
    assert_eq!(fetched(url).await, PDF);
    assert_eq!(actions(&world, ada.id).await, ["document.added", "document.viewed"]);
}

#[tokio::test]
async fn an_erasure_removes_everything_that_staff_stored() {
    let world = world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    student(&root, &ada).await;
    ada.post(IDENTITY, papers()).await.status(201);
    root.post(
        &path(&ada, "documents"),
        json!({"name": "Contract", "contentType": "application/pdf", "data": BASE64.encode(PDF)}),
    )
    .await
    .status(201);
    root.post(&path(&ada, "notes"), json!({"text": "kind"})).await.status(201);
    let end = world.app.now().plus(DAY).to_string();
    root.post(&path(&ada, "grants"), json!({"type": "storage", "amount": 5, "expiresAt": end}))
        .await
        .status(201);
    root.put(&path(&ada, "contributor-profile"), json!({"title": "Maintainer"})).await.ok();
    root.post(&path(&ada, "apply-plan"), json!({"planId": EDUCATIONAL})).await.ok();
    root.delete_with(
        &format!("/api/admin/users/{}", ada.id),
        json!({"confirmDelete": true, "reason": "asked for it"}),
    )
    .await
    .ok();
    world.settle().await;
    let store = world.app.store();
    assert!(world.user(ada.id).await.is_none());
    assert_eq!(
        store
            .keys_of(&store.names().accounts, &format!("USER#{}", ada.id), None)
            .await
            .expect("the table responds")
            .0,
        []
    );
    let left: Vec<_> = store
        .operations_of(ada.id)
        .await
        .expect("the table responds")
        .into_iter()
        .filter(|key| !key.pk.starts_with("DELETION#"))
        .collect();
    assert_eq!(left, []);
    assert_eq!(objects(&world, ada.id).await.len(), 0);
    assert_eq!(root.get(LIST).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_document_must_match_its_type_and_metadata_is_removed() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let documents = path(&ada, "documents");
    let document = |r#type: &str, bytes: &[u8]| json!({"name": "Scan", "contentType": r#type, "data": BASE64.encode(bytes)});
    for (r#type, bytes, field) in [
        ("image/png", png_of(50_000, 50_000, b""), "data"),
        ("image/png", [png(), b"PK\x03\x04".to_vec()].concat(), "data"),
        ("application/pdf", b"%PDF-1.7 cut off".to_vec(), "data"),
        ("text/html", b"<html>".to_vec(), "contentType"),
        ("image/svg+xml", b"<svg/>".to_vec(), "contentType"),
    ] {
        assert_eq!(
            grace.post(&documents, document(r#type, &bytes)).await.is(422, "VALIDATION_FAILED")["errors"]
                [0]["field"],
            field
        );
    }
    grace
        .post(
            &documents,
            json!({"name": "a\nb", "contentType": "application/pdf", "data": BASE64.encode(PDF)}),
        )
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(objects(&world, ada.id).await, Vec::<String>::new());
    let tagged = png_of(640, 480, &chunk(b"tEXt", b"Place\0Ada lives here"));
    assert_eq!(
        grace.post(&documents, document("image/png", &tagged)).await.status(201)["size"],
        png().len()
    );
    assert_eq!(
        fetched(grace.get(&documents).await.ok()["data"][0]["url"].as_str().expect("a URL")).await,
        png()
    );
}

#[tokio::test]
async fn a_document_is_stored_completely_or_not_at_all_after_a_kill() {
    let mut call = 0;
    loop {
        call += 1;
        let world = world().await;
        let (grace, ada) =
            (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
        let documents = path(&ada, "documents");
        world.interceptor.kill_at(if call % 2 == 0 {
            KillPoint::Before(call / 2)
        } else {
            KillPoint::After(call.div_ceil(2))
        });
        // The request continues, and every call after this point fails.
        grace.post(&documents, json!({"name": "Contract", "contentType": "application/pdf", "data": BASE64.encode(PDF)})).await;
        let through = !world.interceptor.is_dead();
        world.interceptor.reset();
        for document in grace.get(&documents).await.ok()["data"].as_array().expect("rows") {
            assert_eq!(
                fetched(document["url"].as_str().expect("a URL")).await,
                PDF,
                "cut off at call {call}"
            );
        }
        if through {
            break;
        }
    }
    assert!(call > 6, "the request makes enough calls");
}
