//! Invalid input returns a problem with a stable code and changes nothing.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::support::{registration, with, world};

#[tokio::test]
async fn invalid_requests_return_a_named_error_and_change_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let before = world.user(ada.id).await.unwrap().revision;
    let (post, put, json_type) = (Method::POST, Method::PUT, "application/json");
    let (register, me) = ("/api/users/register", "/api/users/me");
    let good = || registration("eve@user.example");
    let changed = |name: &str, value: Value| with(good(), name, value).to_string();
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let cases: Vec<(&Method, &str, &str, String, u16, &str)> = vec![
        (&post, register, json_type, "{".to_owned(), 400, "MALFORMED_BODY"),
        (&post, register, json_type, "[1]".to_owned(), 400, "MALFORMED_BODY"),
        (&post, register, json_type, deep.clone(), 400, "MALFORMED_BODY"),
        (
            &post,
            register,
            json_type,
            "{\"firstName\":\"\\ud83d\"}".to_owned(),
            400,
            "MALFORMED_BODY",
        ),
        (&post, register, "text/plain", good().to_string(), 415, "UNSUPPORTED_MEDIA"),
        (&post, register, "", good().to_string(), 415, "UNSUPPORTED_MEDIA"),
        (
            &post,
            register,
            "multipart/form-data; boundary=x",
            "--x--".to_owned(),
            415,
            "UNSUPPORTED_MEDIA",
        ),
        (&post, register, json_type, changed("bio", json!("x".repeat(2 << 20))), 413, "TOO_LARGE"),
        (
            &post,
            "/api/users/register?invite=1",
            json_type,
            good().to_string(),
            400,
            "UNKNOWN_PARAMETER",
        ),
        (&post, register, "", String::new(), 422, "VALIDATION_FAILED"),
        (&post, register, json_type, changed("role", json!("rootAdmin")), 422, "VALIDATION_FAILED"),
        (
            &post,
            register,
            json_type,
            changed("email", json!("no address")),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            register,
            json_type,
            changed("email", json!("eve@localhost")),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            register,
            json_type,
            changed("email", json!({"$ne": null})),
            422,
            "VALIDATION_FAILED",
        ),
        (&post, register, json_type, changed("firstName", json!("  ")), 422, "VALIDATION_FAILED"),
        (
            &post,
            register,
            json_type,
            changed("firstName", json!("E\u{202e}ve")),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            register,
            json_type,
            changed("firstName", json!("Eve\0")),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            register,
            json_type,
            changed("lastName", json!("x".repeat(65))),
            422,
            "VALIDATION_FAILED",
        ),
        (&post, register, json_type, changed("username", json!("E V E")), 422, "VALIDATION_FAILED"),
        (
            &post,
            register,
            json_type,
            changed("dateOfBirth", json!("1990-02-30")),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            register,
            json_type,
            changed("dateOfBirth", json!("2999-01-01")),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            register,
            json_type,
            changed("billingCountry", json!("XX")),
            422,
            "VALIDATION_FAILED",
        ),
        (&post, register, json_type, changed("password", json!(null)), 422, "VALIDATION_FAILED"),
        (
            &post,
            register,
            json_type,
            json!({"email": "eve@user.example"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (&put, me, json_type, "{".to_owned(), 400, "MALFORMED_BODY"),
        (&put, me, json_type, deep, 400, "MALFORMED_BODY"),
        (&put, me, "text/xml", "<a/>".to_owned(), 415, "UNSUPPORTED_MEDIA"),
        (&put, me, json_type, json!({"isAdmin": true}).to_string(), 422, "VALIDATION_FAILED"),
        (&put, me, json_type, json!({"firstName": ""}).to_string(), 422, "VALIDATION_FAILED"),
        (&put, me, json_type, json!({"firstName": 7}).to_string(), 422, "VALIDATION_FAILED"),
        (
            &put,
            me,
            json_type,
            json!({"address": "x".repeat(257)}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (&put, me, json_type, json!({"settings": "dark"}).to_string(), 422, "VALIDATION_FAILED"),
        (
            &put,
            me,
            json_type,
            json!({"settings": {"n": 1e300}}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (&put, me, json_type, json!({"settings": {"": 1}}).to_string(), 422, "VALIDATION_FAILED"),
        (
            &put,
            me,
            json_type,
            json!({"settings": {"x": "y".repeat(20_000)}}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &put,
            me,
            json_type,
            json!({"billingCountry": "Norway"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &put,
            me,
            json_type,
            json!({"email": "\u{202e}@user.example"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (&put, "/api/users/me?dryRun=true", json_type, "{}".to_owned(), 400, "UNKNOWN_PARAMETER"),
        (
            &put,
            me,
            json_type,
            format!("{{\"firstName\":\"{}\"}}", "x".repeat(1 << 20)),
            413,
            "TOO_LARGE",
        ),
        (&post, "/api/users/verify-email", json_type, "{}".to_owned(), 422, "VALIDATION_FAILED"),
        (
            &post,
            "/api/users/verify-email",
            json_type,
            json!({"token": 7}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            "/api/users/forgot-password",
            json_type,
            json!({"email": "x"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            "/api/users/forgot-password",
            json_type,
            json!({"email": "a@b.example", "next": "https://evil.example"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            "/api/users/reset-password",
            json_type,
            json!({"token": "x"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            &post,
            "/api/users/reset-password",
            "text/plain",
            "x".to_owned(),
            415,
            "UNSUPPORTED_MEDIA",
        ),
    ];
    for (method, path, media, body, status, code) in &cases {
        let reply = ada.ask((*method).clone(), path, media, Bytes::from(body.clone())).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (*status, *code),
            "{method} {path} {shown}: {}",
            reply.text()
        );
        assert!(!reply.json()["detail"].as_str().unwrap_or_default().is_empty());
    }
    assert_eq!(
        (
            world.user(ada.id).await.unwrap().revision,
            world.app.store().count_users().await.unwrap()
        ),
        (before, 1)
    );
    // Unauthenticated callers get 401 before any validation error.
    world
        .anyone()
        .ask(Method::PUT, me, json_type, Bytes::from_static(b"{"))
        .await
        .is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn any_visible_name_is_stored_unchanged() {
    let world = world().await;
    let ada = world.person("ada").await;
    for name in [
        "Ада",
        "李",
        "O'Brien-Ștefan",
        "Zoë 🚀",
        "<script>alert(1)</script>",
        "=1+1",
        "' OR 1=1 --",
        "${jndi:ldap://x}",
        "a\u{0301}",
    ] {
        assert_eq!(
            ada.put("/api/users/me", json!({"firstName": name})).await.ok()["firstName"],
            name
        );
        assert_eq!(ada.get("/api/users/me").await.ok()["firstName"], name);
    }
    let numbers = json!({"settings": {"zero": 0, "whole": -9_007_199_254_740_991_i64, "part": 0.1, "tiny": 1e-20, "list": [1, "two", null, {"three": true}], "text": "\u{0}\u{202e}é日本"}});
    ada.put("/api/users/me", numbers.clone()).await.ok();
    assert_eq!(ada.get("/api/users/me").await.ok()["settings"], numbers["settings"]);
}
