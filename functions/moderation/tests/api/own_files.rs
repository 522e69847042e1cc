//! Files as their owner sees them: the list, a look that is no download, and deletion.

use provost_domain::BuiltInRole;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn the_list_has_own_files_newest_first_in_pages() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    assert_eq!(ada.get(FILES).await.ok()["data"], json!([]));
    let mut names = Vec::new();
    for number in 0..5 {
        let name = format!("{number}.mp3");
        let file = ada.post(FILES, file(&name, SONG)).await.status(201);
        world.clock.advance(1000);
        names.insert(0, name);
        // A removed file is in no list.
        if number == 2 {
            ada.delete(&path(&file)).await.status(204);
            names.remove(0);
        }
    }
    bob.post(FILES, file("other.mp3", SONG)).await.status(201);
    let listed = |answer: &serde_json::Value| -> Vec<String> {
        let rows = answer["data"].as_array().expect("rows").iter();
        rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    };
    let all = ada.get(FILES).await.ok();
    assert_eq!((listed(&all), &all["pagination"]["total"]), (names.clone(), &json!(4)));
    let second = ada.get(&format!("{FILES}?limit=2&page=2")).await.ok();
    assert_eq!(listed(&second), names[2..]);
    assert_eq!(second["pagination"]["nextCursor"], json!(null));
    let first = ada.get(&format!("{FILES}?limit=2")).await.ok();
    assert_eq!(listed(&first), names[..2]);
    let cursor = first["pagination"]["nextCursor"].as_str().expect("a cursor");
    let second = ada.get(&format!("{FILES}?limit=2&cursor={cursor}")).await.ok();
    assert_eq!(listed(&second), names[2..]);
    ada.get(&format!("{FILES}?owner=bob")).await.is(400, "UNKNOWN_PARAMETER");

    // The origin is that of the URLs that accept uploads.
    let file = ada.post(FILES, file("song.mp3", SONG)).await.status(201);
    let url = file["upload"]["url"].as_str().expect("a URL");
    let origin = all["uploadOrigin"].as_str().expect("an origin");
    assert!(url.starts_with(&format!("{origin}/")), "{url} is not at {origin}");
}

#[tokio::test]
async fn a_look_without_a_link_confirms_the_upload_and_is_no_download() {
    let world = world().await;
    let ada = world.person("ada").await;
    let file = uploaded(&ada, "song.mp3", SONG).await;
    let look = format!("{}?link=false", path(&file));
    let shown = ada.get(&look).await.ok();
    assert_eq!((&shown["status"], &shown["url"]), (&json!("available"), &json!(null)));
    assert_eq!(actions(&world, ada.id).await, ["content.registered", "content.uploaded"]);
    assert!(ada.get(&path(&file)).await.ok()["url"].is_string());
    // What staff look at is in the audit log either way.
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.get(&look).await.ok();
    assert!(actions(&world, ada.id).await.contains(&"content.viewed".to_owned()));
}

#[tokio::test]
async fn a_deleted_file_is_gone_and_its_storage_is_free() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let file = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&file)).await.ok();
    bob.delete(&path(&file)).await.is(404, "NOT_FOUND");
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.delete(&path(&file)).await.is(404, "NOT_FOUND");
    ada.delete(&path(&file)).await.status(204);
    assert_eq!(usage(&world, ada.id).await, (0, 0));
    ada.get(&path(&file)).await.is(404, "NOT_FOUND");
    ada.delete(&path(&file)).await.is(404, "NOT_FOUND");
    assert!(actions(&world, ada.id).await.contains(&"content.removed".to_owned()));
    tick(&world).await;
    world.advance(provost_domain::content::UPLOAD_LIFE);
    tick(&world).await;
    assert_eq!(objects(&world, ada.id).await, [""; 0]);
}

#[tokio::test]
async fn a_file_under_review_is_marked_and_cannot_be_deleted() {
    let world = world().await;
    let ada = world.person("ada").await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let file = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&file)).await.ok();
    root.post(&staff_path(&file, "flag"), json!({ "reason": "Copied." })).await.ok();
    assert_eq!(ada.get(FILES).await.ok()["data"][0]["blocked"], true);
    ada.delete(&path(&file)).await.is(451, "CONTENT_FLAGGED");
    assert_eq!(usage(&world, ada.id).await, (8, 1));
    root.post(&staff_path(&file, "unflag"), json!({ "reason": "It is theirs." })).await.ok();
    ada.delete(&path(&file)).await.status(204);
}
