//! Invalid evidence: decompression bombs, polyglot images, and images of another type. Whether sent
//! in the request or uploaded later, it is never shown.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use super::support::*;

/// Invalid evidence files, each with a description and the declared content type.
fn invalid_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let png_and_zip = [png(), b"PK\x03\x04 a whole archive".to_vec()].concat();
    let (whole, photograph) = (png(), jpeg());
    vec![
        ("a bomb", png_of(50_000, 50_000, b""), "image/png"),
        ("a wide bomb", png_of(40_000_001, 1, b""), "image/png"),
        ("a JPEG bomb", jpeg_of(65_500, 65_500, b""), "image/jpeg"),
        ("an image with an archive behind it", png_and_zip, "image/png"),
        ("an animated image", png_of(9, 9, &chunk(b"acTL", &[0; 8])), "image/png"),
        (
            "an SVG with a script",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            "image/png",
        ),
        ("a page", b"<html><script>alert(1)</script>".to_vec(), "image/jpeg"),
        ("a GIF", b"GIF89a\x01\0\x01\0".to_vec(), "image/png"),
        ("a PNG that says it is a JPEG", png(), "image/jpeg"),
        ("a JPEG that says it is a PNG", jpeg(), "image/png"),
        ("a truncated image", whole[..whole.len() - 3].to_vec(), "image/png"),
        ("a truncated JPEG", photograph[..photograph.len() - 2].to_vec(), "image/jpeg"),
        ("an image without a header", b"\x89PNG\r\n\x1a\nand so on".to_vec(), "image/png"),
    ]
}

#[tokio::test]
async fn invalid_evidence_in_the_request_is_rejected() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (what, bytes, r#type) in invalid_files() {
        for (other, name) in [("selfie", "document"), ("document", "selfie")] {
            let refused = ada
                .post(
                    IDENTITY,
                    json!({name: image(r#type, &bytes), other: image("image/png", &png())}),
                )
                .await;
            assert_eq!(
                refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
                format!("{name}.data"),
                "{what}"
            );
        }
        ada.post(STUDENT, json!({"source": "document", "document": image(r#type, &bytes)}))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    for r#type in
        ["image/svg+xml", "image/gif", "text/html", "IMAGE/PNG", "image/png; charset=x", ""]
    {
        let refused = ada
            .post(
                IDENTITY,
                json!({"document": image(r#type, &png()), "selfie": image("image/png", &png())}),
            )
            .await;
        assert_eq!(
            refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
            "document.contentType",
            "{type}"
        );
    }
    // A PDF is accepted for student status but not for identity.
    ada.post(
        IDENTITY,
        json!({"document": image("application/pdf", PDF), "selfie": image("image/png", &png())}),
    )
    .await
    .is(422, "VALIDATION_FAILED");
    ada.post(
        STUDENT,
        json!({"source": "document", "document": image("application/pdf", b"%PDF-1.7 cut off")}),
    )
    .await
    .is(422, "VALIDATION_FAILED");
    assert_eq!(objects(&world, ada.id).await, Vec::<String>::new());
    assert_eq!(actions(&world, ada.id).await, Vec::<String>::new());
    ada.post(IDENTITY, papers()).await.status(201);
}

#[tokio::test]
async fn invalid_evidence_uploaded_later_is_never_shown() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    for (what, bytes, r#type) in invalid_files() {
        let later = json!({"contentType": r#type, "size": bytes.len()});
        let asked = ada
            .post(IDENTITY, json!({"document": later, "selfie": image("image/png", &png())}))
            .await
            .status(201);
        put(&asked["uploads"][0], bytes).await;
        let at = format!("{LIST}/{}", id(&asked));
        for refused in [
            grace.get(&format!("{at}/images/document")).await,
            grace.post(&format!("{at}/approve"), json!({})).await,
        ] {
            assert_eq!(refused.is(409, "INVALID_ACTION")["allowed"], json!(["reject"]), "{what}");
        }
        grace.post(&format!("{at}/reject"), json!({"reason": "it is no picture"})).await.ok();
    }
    assert!(!world.user(ada.id).await.expect("ada").id_verified);
    assert!(!actions(&world, ada.id).await.contains(&"verification.image_viewed".to_owned()));
    assert!(
        objects(&world, ada.id).await.iter().all(|key| !key.ends_with("/document")),
        "none was moved to its final key"
    );
    world.settle().await;
}

#[tokio::test]
async fn image_metadata_is_removed() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let tagged = png_of(640, 480, &chunk(b"tEXt", b"Place\0Ada lives here"));
    let photograph =
        [jpeg_of(640, 480, b"\xff\xfe\0\x10Ada lives here"), b"and a second picture".to_vec()]
            .concat();
    let asked =
        ada.post(IDENTITY, json!({"document": image("image/png", &tagged), "selfie": image("image/jpeg", &photograph)})).await.status(201);
    for (kind, kept) in [("document", png()), ("selfie", jpeg())] {
        let seen = grace.get(&format!("{LIST}/{}/images/{kind}", id(&asked))).await;
        seen.status(303);
        assert_eq!(fetched(&seen.header("location")).await, kept);
    }
    let sizes: Vec<Value> = grace.get(&format!("{LIST}/{}", id(&asked))).await.ok()["images"]
        .as_array()
        .expect("two")
        .iter()
        .map(|image| image["size"].clone())
        .collect();
    assert_eq!(
        sizes,
        [json!(png().len()), json!(jpeg().len())],
        "the size is that of the stored image"
    );
}

#[tokio::test]
async fn an_upload_url_accepts_one_object_of_one_user() {
    let world = world().await;
    let ada = world.person("ada").await;
    for size in [0, 10_485_761, u64::MAX] {
        let later = json!({"contentType": "image/png", "size": size});
        ada.post(IDENTITY, json!({"document": later, "selfie": image("image/png", &png())}))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    let later = |size: u64| json!({"contentType": "image/png", "size": size});
    let asked = ada
        .post(IDENTITY, json!({"document": later(1), "selfie": later(10_485_760)}))
        .await
        .status(201);
    for (upload, name) in
        asked["uploads"].as_array().expect("two").iter().zip(["document", "selfie"])
    {
        let url = upload["url"].as_str().expect("a URL");
        assert!(
            url.contains(&format!("users/{}/identity/{}/{name}.incoming?", ada.id, id(&asked))),
            "{url}"
        );
        let signed = url
            .split("X-Amz-SignedHeaders=")
            .nth(1)
            .and_then(|rest| rest.split('&').next())
            .expect("signed headers");
        assert!(
            signed.contains("content-length") && signed.contains("content-type"),
            "size and type are signed: {signed}"
        );
    }
}
