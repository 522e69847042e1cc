//! Invalid input: an error with a stable code, and no change.

use bytes::Bytes;
use http::Method;
use provost_testkit::people::PASSWORD;
use serde_json::json;

use super::support::world;

#[tokio::test]
async fn invalid_requests_are_rejected_by_name_and_change_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let before = world.user(ada.id).await.unwrap();
    let (login, refresh, logout) =
        ("/api/sessions/login", "/api/sessions/refresh", "/api/sessions/logout");
    let good = json!({"email": ada.email, "password": PASSWORD});
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string()
    };
    let json_type = "application/json";
    let deep = format!("{}{}", "{\"a\":".repeat(200), "1".to_owned() + &"}".repeat(200));
    let cases: Vec<(&str, &str, String, u16, &str)> = vec![
        (login, json_type, "{".to_owned(), 400, "MALFORMED_BODY"),
        (login, json_type, "[]".to_owned(), 400, "MALFORMED_BODY"),
        (login, json_type, "\"x\"".to_owned(), 400, "MALFORMED_BODY"),
        (login, json_type, "null".to_owned(), 400, "MALFORMED_BODY"),
        (login, json_type, deep, 400, "MALFORMED_BODY"),
        (login, json_type, format!("{good}{good}"), 400, "MALFORMED_BODY"),
        (login, json_type, "{\"email\":\"\\ud800\"}".to_owned(), 400, "MALFORMED_BODY"),
        (login, "text/plain", good.to_string(), 415, "UNSUPPORTED_MEDIA"),
        (
            login,
            "application/x-www-form-urlencoded",
            "email=a&password=b".to_owned(),
            415,
            "UNSUPPORTED_MEDIA",
        ),
        (login, "", good.to_string(), 415, "UNSUPPORTED_MEDIA"),
        (login, json_type, "{}".to_owned(), 422, "VALIDATION_FAILED"),
        (login, "", String::new(), 422, "VALIDATION_FAILED"),
        (login, json_type, json!({"email": ada.email}).to_string(), 422, "VALIDATION_FAILED"),
        (login, json_type, with("role", json!("rootAdmin")), 422, "VALIDATION_FAILED"),
        (login, json_type, with("email", json!("nobody")), 422, "VALIDATION_FAILED"),
        (login, json_type, with("email", json!(["a@b.example"])), 422, "VALIDATION_FAILED"),
        (login, json_type, with("password", json!(7)), 422, "VALIDATION_FAILED"),
        (login, json_type, with("cancelDeletion", json!("yes")), 422, "VALIDATION_FAILED"),
        (
            login,
            json_type,
            with("email", json!("a\u{202e}da@user.example")),
            422,
            "VALIDATION_FAILED",
        ),
        (login, json_type, with("email", json!("ada\0@user.example")), 422, "VALIDATION_FAILED"),
        (login, json_type, with("password", json!("x".repeat(2 << 20))), 413, "TOO_LARGE"),
        (
            login,
            json_type,
            format!(
                "{{\"email\":\"{0}\",\"email\":\"{0}\",\"password\":\"x\",\"password\":7}}",
                ada.email
            ),
            422,
            "VALIDATION_FAILED",
        ),
        ("/api/sessions/login?next=1", json_type, good.to_string(), 400, "UNKNOWN_PARAMETER"),
        (refresh, json_type, "{}".to_owned(), 422, "VALIDATION_FAILED"),
        (
            refresh,
            json_type,
            json!({"refresh_token": ada.refresh}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (refresh, json_type, json!({"refreshToken": null}).to_string(), 422, "VALIDATION_FAILED"),
        (refresh, "application/xml", "<a/>".to_owned(), 415, "UNSUPPORTED_MEDIA"),
        (refresh, json_type, "]".to_owned(), 400, "MALFORMED_BODY"),
        (
            "/api/sessions/refresh?x",
            json_type,
            json!({"refreshToken": ada.refresh}).to_string(),
            400,
            "UNKNOWN_PARAMETER",
        ),
        // Authentication is checked before the body.
        (logout, json_type, "{".to_owned(), 401, "UNAUTHENTICATED"),
        ("/api/sessions/logout-all", "text/html", "x".to_owned(), 401, "UNAUTHENTICATED"),
    ];
    for (path, media, body, status, code) in &cases {
        let reply = world.anyone().ask(Method::POST, path, media, Bytes::from(body.clone())).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (*status, *code),
            "{path} {shown}: {}",
            reply.text()
        );
    }
    let after = world.user(ada.id).await.unwrap();
    assert_eq!((after.revision, after.failures.count), (before.revision, 0));
}

#[tokio::test]
async fn any_string_is_handled_as_a_password() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (n, password) in [
        "",
        "\0",
        "\u{202e}\u{feff}",
        "é日本💥",
        &"x".repeat(100_000),
        "Wintry-Harbour-9 ",
        " Wintry-Harbour-9",
        "wintry-harbour-9",
        "Wintry-Harbour-9\0",
    ]
    .into_iter()
    .enumerate()
    {
        world.edit(ada.id, |ada| ada.failures = provost_domain::lockout::Failures::default()).await;
        let from = world.anyone().from(&format!("192.0.2.{n}"));
        super::support::sign_in(&from, &ada.email, password).await.is(401, "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn unsupported_methods_are_rejected_with_the_allowed_ones() {
    let world = world().await;
    let reply = world.anyone().get("/api/sessions/login").await;
    assert!([401, 405].contains(&reply.status.as_u16()), "{}", reply.text());
    let reply = world.anyone().put("/api/users/me/sessions", json!({})).await;
    reply.is(405, "METHOD_NOT_ALLOWED");
    assert_eq!(reply.header("allow"), "DELETE");
}
