//! A person's own files: the script uploads them as the page says.

use provost_auth::secret::hex_digest;
use provost_testkit::World;
use serde_json::Value;

use crate::{Browser, browser::Page, world};

const NEW: &str = "/account/files/new";
const SONG: &str = "la la la";

/// What the script sends about a file.
async fn register(browser: &mut Browser<'_>, name: &str, kind: &str) -> Page {
    let (size, sha256) = (SONG.len().to_string(), hex_digest(SONG));
    let about = [("name", name), ("contentType", kind), ("size", &*size), ("sha256", &*sha256)];
    browser.fill(NEW, &about).await
}

/// The value of an attribute, as the script reads it.
fn attribute(page: &Page, name: &str) -> String {
    let rest = page.html.split(&format!("{name}=\"")).nth(1).unwrap_or_default();
    let value = rest.split('"').next().unwrap_or_default();
    value.replace("&quot;", "\"").replace("&amp;", "&")
}

/// Uploads a file as the page says, and returns the page that the script goes to.
async fn upload(page: &Page) -> String {
    let headers: Value = serde_json::from_str(&attribute(page, "data-headers")).expect("JSON");
    let mut request = provost_testkit::http().put(attribute(page, "data-url"));
    for (name, value) in headers.as_object().expect("headers") {
        if name != "Content-Length" {
            request = request.header(name, value.as_str().expect("a text"));
        }
    }
    let answer = request.body(SONG).send().await.expect("the bucket responds");
    assert_eq!(answer.status().as_u16(), 200);
    attribute(page, "data-done")
}

async fn actions(world: &World, email: &str) -> Vec<String> {
    let root = world.staff("root", provost_domain::BuiltInRole::RootAdmin).await;
    let log = root.get(&format!("/api/admin/audit/logs?search={email}&limit=200")).await.ok();
    let rows = log["data"].as_array().cloned().unwrap_or_default();
    let names = rows.iter().map(|row| row["action"].as_str().unwrap_or_default().to_owned());
    names.filter(|name| name.starts_with("content.")).collect()
}

#[tokio::test]
async fn a_file_is_uploaded_listed_downloaded_and_deleted() {
    let world = world().await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &bob.email).await;
    browser.get("/account/files").await.shows("You have no files yet.").shows(NEW);
    let page = browser.get(NEW).await;
    page.shows("<noscript>").shows("Uploading needs JavaScript").shows("At most 512 MiB.");
    // The page may connect to the bucket, and to no other server.
    let policy = page.reply.header("content-security-policy");
    let registered = register(&mut browser, "song.mp3", "audio/mpeg").await;
    assert_eq!(registered.status(), 201, "{}", registered.html);
    let origin = attribute(&registered, "data-url");
    let origin = origin.split('/').take(3).collect::<Vec<_>>().join("/");
    assert!(policy.contains(&format!("connect-src 'self' {origin};")), "{policy}");
    let elsewhere = browser.get("/account/files").await.reply.header("content-security-policy");
    assert!(elsewhere.contains("connect-src 'self';"), "{elsewhere}");

    let done = upload(&registered).await;
    let page = browser.get(&done).await;
    page.shows("The file is uploaded.").shows("song.mp3").shows("available");
    let path = done.split('?').next().expect("a path").to_owned();
    browser.get("/account/files").await.shows(&path).shows("song.mp3");
    assert!(!actions(&world, &bob.email).await.contains(&"content.downloaded".to_owned()));
    let download = browser.get(&format!("{path}/download")).await;
    assert_eq!(download.status(), 303, "{}", download.html);
    let bytes = provost_testkit::http().get(download.location()).send().await.expect("bytes");
    assert_eq!(bytes.text().await.expect("a text"), SONG);

    let page = browser.fill(&format!("{path}/delete"), &[]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let page = browser.get(&page.location()).await;
    page.shows("The file is deleted.").shows("You have no files yet.");
    assert_eq!(browser.get(&path).await.status(), 404);
}

#[tokio::test]
async fn a_file_without_a_type_is_registered_and_a_refused_one_is_explained() {
    let world = world().await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &bob.email).await;
    let page = register(&mut browser, "photo.heic", "").await;
    assert!(attribute(&page, "data-headers").contains("application/octet-stream"));
    upload(&page).await;
    let about = [("name", "x"), ("contentType", ""), ("size", "0"), ("sha256", &*hex_digest(""))];
    let page = browser.fill(NEW, &about).await;
    assert_eq!(page.status(), 422);
    page.shows("role=\"alert\"").lacks("data-url");
    // A file under review is said to be so, and offers nothing.
    let eve = world.person("eve").await;
    let mut other = Browser::of(&world, &eve.email).await;
    other.get("/account/files").await.lacks("photo.heic");
}
