//! The main job: staff sign in, find a user, export their data, share it with a third party who
//! opens it, and complete the deletion up to its receipt.

use std::io::Cursor;

use provost_domain::{BuiltInRole, time::DAY};
use provost_testkit::people::PASSWORD;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sign_in_to_the_deletion_receipt() {
    let world = crate::world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;

    // Sign in as a client would.
    let signed_in = world
        .anyone()
        .post("/api/sessions/login", json!({"email": root.email, "password": PASSWORD}))
        .await
        .status(200);
    assert_eq!(signed_in["tokenType"], "Bearer");
    let root = root.with_token(signed_in["accessToken"].as_str().expect("an access token"));

    // Find the user.
    let found = root.get("/api/admin/users?search=ada").await.status(200);
    assert_eq!(found["pagination"]["total"], 1);
    assert_eq!(found["data"][0]["id"], ada.id.to_string());
    let text = found.to_string();
    assert!(
        !text.contains("argon2") && !text.contains("passwordHash"),
        "no response contains a hash"
    );

    // Give her a file, and export her data.
    let object =
        provost_domain::file::object_key(ada.id, world.app.id(provost_domain::FileId::new));
    let bucket = world.app.store().names().files.clone();
    world
        .app
        .store()
        .put_object(
            &bucket,
            &object,
            "text/plain",
            bytes::Bytes::from_static(b"Notes on the Analytical Engine"),
        )
        .await
        .expect("stored");
    let job = root
        .post(
            &format!("/api/admin/users/{}/export-job", ada.id),
            json!({"reason": "asked by letter"}),
        )
        .await
        .status(202);
    let (id, identity) = (
        job["id"].as_str().expect("an id"),
        job["identity"].as_str().expect("an identity, shown once"),
    );
    root.get(&format!("/api/admin/export-jobs/{id}/download")).await.is(409, "IN_PROGRESS");
    world.settle().await;
    let done = root.get(&format!("/api/admin/export-jobs/{id}")).await.status(200);
    assert_eq!(
        (done["status"].as_str(), done["progress"]["percent"].as_u64()),
        (Some("completed"), Some(100)),
        "{done}"
    );
    assert!(
        done.get("identity").is_none_or(serde_json::Value::is_null),
        "the identity is shown once"
    );

    // Share it: a mail scanner opens the page, the third party downloads, and a second download
    // fails.
    let link = root
        .post(&format!("/api/admin/export-jobs/{id}/share-link"), json!({"maxDownloads": 1}))
        .await
        .status(201);
    let url = link["url"].as_str().expect("a URL");
    let path = url.strip_prefix("https://provost.example").expect("the platform's URL");
    let anyone = world.anyone();
    for _ in 0..3 {
        anyone.with_header("accept", "application/json").get(path).await.status(200);
    }
    let redeemed = anyone.post(path, json!({})).await;
    assert_eq!(redeemed.status, 303, "{}", redeemed.text());
    let archive = provost_testkit::http()
        .get(redeemed.header("location"))
        .send()
        .await
        .expect("the archive")
        .bytes()
        .await
        .expect("its bytes");
    assert_eq!(archive.len() as u64, done["size"].as_u64().expect("a size"));
    anyone.post(path, json!({})).await.is(410, "LINK_USED_UP");

    // The third party opens it with the identity.
    let identity = provost_archive::Identity::parse(identity).expect("an age identity");
    let report = provost_archive::verify(Cursor::new(archive.to_vec()), &identity)
        .expect("every hash of the manifest matches");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("archive");
    provost_archive::unpack(Cursor::new(archive.to_vec()), &identity, &folder).expect("it unpacks");
    let profile = std::fs::read_to_string(folder.join("profile.json")).expect("a profile");
    assert!(profile.contains(&ada.email), "the profile contains the expected data");
    for secret in
        ["argon2id", "subjectKey", "passwordHash", "\"refresh\"", "\"family\"", "\"digest\""]
    {
        assert!(!profile.contains(secret), "the profile contains {secret}");
    }
    drop(report);

    // She requests deletion; staff carry it out.
    let request =
        ada.post("/api/users/me/deletion-request", json!({"reason": "moving on"})).await.ok();
    let deletion = request["id"].as_str().expect("an id").to_owned();
    ada.get("/api/users/me").await.is(403, "DELETION_PENDING");
    world.settle().await;
    root.get(&format!("/api/admin/deletions/{deletion}")).await.status(200);
    root.post(
        &format!("/api/admin/deletions/{deletion}/expedite"),
        json!({"reason": "confirmed by phone"}),
    )
    .await
    .status(202);
    world.settle().await;
    let erased = root.get(&format!("/api/admin/deletions/{deletion}")).await.status(200);
    assert_eq!(erased["status"], "erased", "{erased}");
    let receipt = root.get(&format!("/api/admin/deletions/{deletion}/receipt")).await.status(200);
    let decoded: provost_domain::deletion::Receipt = world
        .app
        .verifier()
        .verify(
            provost_auth::Purpose::Receipt,
            receipt["receipt"].as_str().expect("a JWS"),
            world.app.now(),
        )
        .expect("the receipt's signature is valid");
    assert_eq!(decoded.deletion_id.to_string(), deletion);
    assert_eq!(
        decoded.backups_clear_at,
        decoded.erased_at.plus(provost_domain::deletion::BACKUP_DAYS * DAY)
    );

    // Nothing of her is left.
    assert!(world.app.store().user(ada.id).await.expect("the table responds").is_none());
    let left = crate::flows::leftovers(&world, &[&ada.id.to_string(), &ada.email]).await;
    assert!(left.is_empty(), "left of the user: {left:#?}");
    anyone.get(path).await.status(404);

    // The log has every action, without her name.
    let log = root.get("/api/admin/audit/logs?limit=200").await.status(200);
    let actions: Vec<_> = log["data"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in ["export.created", "share_link.created", "deletion.expedited", "user.erased"] {
        assert!(actions.contains(&action), "{action} is missing from {actions:?}");
    }
}
