//! The front page and the API description, as an anonymous visitor sees them.

use provost_domain::{BuiltInRole, MessageId, mail::Template, message::Message};
use provost_local::Function;
use provost_testkit::World;
use serde_json::json;

/// Texts that no page may contain.
const FORBIDDEN: [&str; 4] = ["<script", "javascript:", "onclick", "http://"];

async fn world() -> World {
    World::of(|app| vec![Function::http("portal", fn_portal::routes().router(app.clone()))]).await
}

#[tokio::test]
async fn the_front_page_is_public_and_runs_no_scripts() {
    let world = world().await;
    let page = world.anyone().get("/").await;
    page.ok();
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy").starts_with("default-src 'none'"),
        "{}",
        page.header("content-security-policy")
    );
    assert!(
        page.text().contains("<html lang=\"en\">")
            && page.text().contains("<title>Provost</title>")
    );
    assert!(page.text().contains("href=\"/openapi.json\""));
    for text in FORBIDDEN {
        assert!(!page.text().contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_link_from_an_email_asks_for_confirmation_first() {
    let world = world().await;
    let confirm = world.anyone().get("/?confirm=abc.def.ghi").await;
    confirm.ok();
    assert!(
        confirm.text().contains("action=\"/api/users/verify-email\"")
            && confirm.text().contains("value=\"abc.def.ghi\"")
    );
    let reset = world.anyone().get("/?reset=abc.def.ghi").await;
    reset.ok();
    assert!(
        reset.text().contains("action=\"/api/users/reset-password\"")
            && reset.text().contains("for=\"password\"")
    );
    for text in FORBIDDEN {
        assert!(!confirm.text().contains(text) && !reset.text().contains(text), "{text}");
    }
}

#[tokio::test]
async fn the_buttons_of_the_pages_work() {
    let world = World::of(|app| {
        vec![
            Function::http("portal", fn_portal::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |record| record.email_verified = false).await;
    for template in [Template::VerifyEmail, Template::PasswordReset] {
        let message =
            Message::Mail { id: world.app.id(MessageId::new), user: ada.id, template, about: None };
        world
            .runner
            .send_raw("mail", &serde_json::to_string(&message).expect("a message is JSON"))
            .await
            .expect("the queue accepts the message");
    }
    world.settle().await;
    let root = world.staff("joan", BuiltInRole::RootAdmin).await;
    let emails = root.get("/api/admin/email/logs").await.ok();
    let link = |mark: &str| {
        let bodies = emails["data"]
            .as_array()
            .expect("emails")
            .iter()
            .filter_map(|email| email["body"].as_str());
        bodies
            .filter_map(|body| body.split_once(mark))
            .map(|(_, rest)| rest.split_whitespace().next().expect("a token").to_owned())
            .next()
            .expect("the link")
    };
    let press = async |path: &str, form: String| {
        world
            .anyone()
            .ask(provost_http::Method::POST, path, "application/x-www-form-urlencoded", form.into())
            .await
    };

    let token = link("https://provost.example/?confirm=");
    assert!(world.anyone().get(&format!("/?confirm={token}")).await.text().contains(&token));
    let pressed = press("/api/users/verify-email", format!("token={token}")).await;
    assert_eq!(
        (pressed.status.as_u16(), pressed.header("location").as_str()),
        (303, "/?done=confirmed")
    );
    assert!(world.user(ada.id).await.expect("ada").email_verified);

    let pressed = press(
        "/api/users/reset-password",
        format!("token={}&password=New-Harbour-77", link("https://provost.example/?reset=")),
    )
    .await;
    assert_eq!(
        (pressed.status.as_u16(), pressed.header("location").as_str()),
        (303, "/?done=password")
    );
    for done in ["confirmed", "password"] {
        world.anyone().get(&format!("/?done={done}")).await.ok();
    }
    world.anyone().get("/?done=nothing").await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_token_with_html_is_escaped() {
    let world = world().await;
    let page = world.anyone().get("/?confirm=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    page.ok();
    assert!(!page.text().contains("<script"), "{}", page.text());
    assert!(page.text().contains("&quot;&gt;&lt;script&gt;"));
}

#[tokio::test]
async fn the_api_description_is_served_as_json() {
    let world = world().await;
    let document = world.anyone().get("/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.ok()["openapi"], "3.1.0");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_rejected() {
    let world = world().await;
    world.anyone().get("/?confirm=a&reset=b").await.is(422, "VALIDATION_FAILED");
    world.anyone().get("/openapi.json?v=1").await.is(400, "UNKNOWN_PARAMETER");
    assert_eq!(world.anyone().post("/", json!({})).await.status(405)["code"], "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn health_says_whether_the_tables_can_be_read() {
    let world = world().await;
    assert_eq!(world.anyone().get("/api/health").await.status(200)["status"], "ok");
    let first = provost_testkit::KillPoint::Before(1);
    world.interceptor.kill_at(first);
    world.anyone().get("/api/health").await.is(503, "UNAVAILABLE");
}

#[tokio::test]
async fn another_service_can_verify_an_access_token_with_the_published_keys() {
    let world = world().await;
    let ada = world.person("ada").await;
    let keys = world.anyone().get("/.well-known/jwks.json").await;
    assert_eq!(
        (keys.header("content-type").as_str(), keys.header("cache-control").as_str()),
        ("application/jwk-set+json", "public, max-age=300")
    );
    let keys = keys.status(200);
    let names: Vec<_> = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        names.len() == 1 && names[0].starts_with("session-"),
        "only the session keys are published: {names:?}"
    );

    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys).expect("a key set");
    let token = ada.token.as_deref().expect("ada is signed in");
    let kid = jsonwebtoken::decode_header(token).expect("a token").kid.expect("a key id");
    let key = jsonwebtoken::DecodingKey::from_jwk(set.find(&kid).expect("its key is published"))
        .expect("a key");
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    rules.validate_exp = false; // the test clock differs from the system clock
    rules.set_audience(&["provost:session"]);
    let claims = jsonwebtoken::decode::<serde_json::Value>(token, &key, &rules)
        .expect("the signature is valid")
        .claims;
    assert_eq!(claims["sub"], ada.id.to_string());
}

#[tokio::test]
async fn pages_ignore_tracking_parameters_and_the_api_rejects_them() {
    let world = world().await;
    let anyone = world.anyone();
    for query in
        ["?fbclid=x", "?utm_source=mail&utm_medium=", "?gclid=1&gclid=2", "?utm_campaign=%E9t%E9"]
    {
        assert_eq!(anyone.get(&format!("/{query}")).await.status, 200, "{query}");
    }
    let page = anyone.get("/?confirm=token&utm_source=mail").await;
    page.ok();
    assert!(page.text().contains("token"), "the page of the link is shown");
    anyone.get("/openapi.json?fbclid=x").await.is(400, "UNKNOWN_PARAMETER");
    anyone.get("/?confirm=%FF").await.is(400, "UNKNOWN_PARAMETER");
}

#[tokio::test]
async fn an_error_is_an_html_page_for_browsers() {
    let world = world().await;
    let refused = world
        .anyone()
        .with_header("accept", "text/html,*/*;q=0.8")
        .get("/?confirm=a&reset=b")
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("content-type").as_str()),
        (422, "text/html; charset=utf-8")
    );
    assert!(refused.text().contains("<h1>"));
    world.anyone().get("/?confirm=a&reset=b").await.is(422, "VALIDATION_FAILED");
}
