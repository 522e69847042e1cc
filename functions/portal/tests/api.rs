//! The front page and the description of the API, as anyone sees them.

use provost_local::Function;
use provost_testkit::World;
use serde_json::json;

/// What no page of ours may hold.
const FORBIDDEN: [&str; 4] = ["<script", "javascript:", "onclick", "http://"];

async fn world() -> World { World::of(|app| vec![Function::http("portal", fn_portal::routes().router(app.clone()))]).await }

#[tokio::test]
async fn the_front_page_is_for_everyone_and_runs_nothing() {
    let world = world().await;
    let page = world.anyone().get("/").await;
    page.ok();
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"), "{}", page.header("content-security-policy"));
    assert!(page.text().contains("<html lang=\"en\">") && page.text().contains("<title>Provost</title>"));
    assert!(page.text().contains("href=\"/openapi.json\""));
    for text in FORBIDDEN { assert!(!page.text().contains(text), "{text}"); }
}

#[tokio::test]
async fn a_letter_s_link_asks_before_it_does_anything() {
    let world = world().await;
    let confirm = world.anyone().get("/?confirm=abc.def.ghi").await;
    confirm.ok();
    assert!(confirm.text().contains("action=\"/api/users/verify-email\"") && confirm.text().contains("value=\"abc.def.ghi\""));
    let reset = world.anyone().get("/?reset=abc.def.ghi").await;
    reset.ok();
    assert!(reset.text().contains("action=\"/api/users/reset-password\"") && reset.text().contains("for=\"password\""));
    for text in FORBIDDEN { assert!(!confirm.text().contains(text) && !reset.text().contains(text), "{text}"); }
}

#[tokio::test]
async fn a_token_that_is_html_stays_text() {
    let world = world().await;
    let page = world.anyone().get("/?confirm=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    page.ok();
    assert!(!page.text().contains("<script"), "{}", page.text());
    assert!(page.text().contains("&quot;&gt;&lt;script&gt;"));
}

#[tokio::test]
async fn the_description_is_served_as_json() {
    let world = world().await;
    let document = world.anyone().get("/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.ok()["openapi"], "3.1.0");
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let world = world().await;
    world.anyone().get("/?page=2").await.is(400, "UNKNOWN_PARAMETER");
    world.anyone().get("/openapi.json?v=1").await.is(400, "UNKNOWN_PARAMETER");
    assert_eq!(world.anyone().post("/", json!({})).await.status(405)["code"], "METHOD_NOT_ALLOWED");
}
