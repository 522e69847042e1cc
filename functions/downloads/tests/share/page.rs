//! The download page in a browser.

use bytes::Bytes;
use http::Method;
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_the_download_and_needs_no_external_resources() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "maxDownloads": 3 })).await;
    let reply = browser(&world).get(&link.path).await;
    reply.status(200);
    let page = reply.text();
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    for part in [
        "<html lang=\"en\">",
        "<title>",
        "<h1>",
        ".zip.age",
        "<dt>Downloads left</dt><dd>3</dd>",
        "<form method=\"post\">",
        "<button>Download</button>",
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    for part in ["<script", "http://", "https://", "type=\"password\""] {
        assert!(!page.contains(part), "the page must not contain {part}");
    }
    assert!(
        !page.contains(link.path.rsplit('/').next().unwrap()),
        "the page does not repeat the token"
    );
    let policy = reply.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("form-action 'self' https:"),
        "{policy}"
    );
    assert_eq!(
        (reply.header("cache-control").as_str(), reply.header("referrer-policy").as_str()),
        ("no-store", "no-referrer")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_downloads_and_reports_a_wrong_password() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "password": "Correct-Horse-7" })).await;
    let page = browser(&world).get(&link.path).await.text();
    assert!(
        page.contains("<label for=\"password\">")
            && page.contains("id=\"password\" name=\"password\" type=\"password\"")
    );
    let form = async |body: &str| {
        browser(&world)
            .ask(
                Method::POST,
                &link.path,
                "application/x-www-form-urlencoded",
                Bytes::from(body.to_owned()),
            )
            .await
    };
    let empty = form("password=").await;
    empty.status(422);
    assert!(
        empty.text().contains("role=\"alert\"") && empty.text().contains("requires a password")
    );
    let wrong = form("password=nonsense").await;
    wrong.status(403);
    assert!(
        wrong.text().contains("4 attempts are left")
            && wrong.text().contains("aria-invalid=\"true\"")
    );
    assert_eq!(form("password=Correct-Horse-7").await.status.as_u16(), 303);
    let over = form("password=Correct-Horse-7").await;
    over.status(410);
    assert!(over.text().contains("This link has no downloads left"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_link_looks_like_an_erased_one() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    let token = link.path.rsplit('/').next().unwrap();
    let other = format!("/share/{}", token.chars().rev().collect::<String>());
    for path in
        [other.as_str(), "/share/x", "/share/..%2f..%2f", &format!("/share/{}", "a".repeat(4000))]
    {
        for reply in [
            world.anyone().get(path).await,
            world.anyone().post(path, json!({})).await,
            world.anyone().post(path, json!({ "password": "anything" })).await,
        ] {
            reply.is(404, "NOT_FOUND");
        }
        let page = browser(&world).get(path).await;
        page.status(404);
        // A path that does not have the format of a token never reaches the function.
        assert!(path.contains('%') || page.text().contains("Link not found"), "{path}");
    }
    assert_eq!(world.anyone().post(&link.path, json!({})).await.status.as_u16(), 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_requests_are_rejected_and_consume_nothing() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    let anyone = world.anyone();
    anyone.post(&link.path, json!({ "passwort": "x" })).await.is(422, "VALIDATION_FAILED");
    anyone.post(&link.path, json!({ "password": 7 })).await.is(422, "VALIDATION_FAILED");
    anyone
        .ask(Method::POST, &link.path, "application/json", Bytes::from_static(b"{"))
        .await
        .is(400, "MALFORMED_BODY");
    anyone
        .ask(Method::POST, &link.path, "text/plain", Bytes::from_static(b"password=x"))
        .await
        .is(415, "UNSUPPORTED_MEDIA");
    anyone
        .ask(
            Method::POST,
            &link.path,
            "application/x-www-form-urlencoded",
            Bytes::from_static(b"\xff\xfe=1"),
        )
        .await
        .is(400, "MALFORMED_BODY");
    anyone.put(&link.path, json!({})).await.is(405, "METHOD_NOT_ALLOWED");
    assert_eq!(shared.row(&link).await["remaining"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parameters_appended_by_ad_networks_are_ignored() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    for query in ["?fbclid=x", "?utm_source=mail&utm_campaign=%C3%A9", "?utm_campaign=%E9t%E9"] {
        browser(&world).get(&format!("{}{query}", link.path)).await.status(200);
        world.anyone().get(&format!("{}{query}", link.path)).await.status(200);
    }
    browser(&world)
        .ask(
            Method::POST,
            &format!("{}?fbclid=x", link.path),
            "application/x-www-form-urlencoded",
            Bytes::new(),
        )
        .await
        .status(303);
}
