//! S16: Tests of integrations against a stand-in.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::*;

const TEST: &str = "/api/admin/integrations/test";

/// A server that gives every request the same answer; returns its origin and counts connections.
async fn server(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let connects = Arc::new(AtomicUsize::new(0));
    let count = connects.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut read = [0; 4096];
            let _ = stream.read(&mut read).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (origin, connects)
}

fn github() -> Value {
    json!({ "integration": "github", "credentials": { "pat": "github_pat_canary" } })
}

#[tokio::test]
async fn the_answer_of_a_service_is_explained() {
    for (answer, success, part) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", true, "work"),
        (
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\n\r\ncanary",
            false,
            "refuses the credentials",
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            false,
            "redirect",
        ),
        ("HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\n\r\n", false, "limits requests"),
        ("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", false, "fault"),
        ("not HTTP", false, "could not be reached"),
    ] {
        let (origin, connects) = server(answer).await;
        let world = world_with_stand_ins(&format!("https://api.github.com={origin}")).await;
        let tested = root(&world).await.post(TEST, github()).await.ok();
        let message = tested["message"].as_str().unwrap();
        assert_eq!(tested["success"], success, "{answer}: {message}");
        assert!(message.contains(part) && !message.contains("canary"), "{answer}: {message}");
        assert!(tested["latencyMs"].is_number());
        assert_eq!(connects.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_restricted_key_of_stripe_is_a_valid_key() {
    let (origin, _) = server("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n").await;
    let world = world_with_stand_ins(&format!("https://api.stripe.com={origin}")).await;
    let body = json!({ "integration": "stripe", "credentials": { "secretKey": "rk_test_1" } });
    assert_eq!(root(&world).await.post(TEST, body).await.ok()["success"], true);
}

#[tokio::test]
async fn a_service_that_nobody_reaches_fails_the_test_and_not_the_request() {
    let world = world().await;
    let root = root(&world).await;
    for credentials in [
        json!({ "integration": "stripe", "credentials": { "secretKey": "sk_test_1" } }),
        json!({ "integration": "resend", "credentials": { "apiKey": "re_1" } }),
        json!({ "integration": "cloudflare", "credentials": { "apiToken": "t", "accountId": "a1" } }),
        json!({ "integration": "discord", "credentials": { "webhookUrl": "https://discord.com/api/webhooks/1/x" } }),
        json!({ "integration": "discord", "credentials": { "botToken": "b", "serverId": "1" } }),
        json!({ "integration": "kener", "credentials": { "apiKey": "k", "baseUrl": "https://status.example.net/" } }),
        json!({ "integration": "smtp", "credentials": { "host": "mail.example.net", "port": "587" } }),
        github(),
    ] {
        let tested = root.post(TEST, credentials.clone()).await.ok();
        assert_eq!(tested["success"], false, "{credentials}");
    }
}

#[tokio::test]
async fn wrong_credentials_and_addresses_are_refused_by_field() {
    let world = world().await;
    let root = root(&world).await;
    for (integration, credentials, field) in [
        ("github", json!({}), "credentials.pat"),
        ("github", json!({ "pat": "x", "token": "y" }), "credentials.token"),
        ("github", json!({ "pat": "x", "org": "../user" }), "credentials.org"),
        ("github", json!({ "pat": "x\r\nhost: y" }), "credentials.pat"),
        (
            "discord",
            json!({ "webhookUrl": "https://example.net/api/webhooks/1" }),
            "credentials.webhookUrl",
        ),
        (
            "kener",
            json!({ "apiKey": "k", "baseUrl": "http://169.254.169.254" }),
            "credentials.baseUrl",
        ),
        ("kener", json!({ "apiKey": "k", "baseUrl": "https://localhost" }), "credentials.baseUrl"),
        ("smtp", json!({ "host": "mail.example.net", "port": "22" }), "credentials.port"),
        (
            "smtp",
            json!({ "host": "mail.example.net", "port": "587", "user": "u" }),
            "credentials.password",
        ),
    ] {
        let body = json!({ "integration": integration, "credentials": credentials });
        let refused = root.post(TEST, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{credentials}");
    }
    let unknown = json!({ "integration": "pigeon", "credentials": {} });
    root.post(TEST, unknown).await.is(422, "VALIDATION_FAILED");
    root.post(TEST, json!({ "integration": "github" })).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_mail_server_on_this_network_is_not_connected_to() {
    let world = world().await;
    let root = root(&world).await;
    for host in ["127.0.0.1", "localhost", "10.0.0.1", "0x7f.1", "[::1]", "169.254.169.254"] {
        let credentials = json!({ "host": host, "port": "25" });
        let body = json!({ "integration": "smtp", "credentials": credentials });
        let tested = root.post(TEST, body).await.ok();
        let message = tested["message"].as_str().unwrap();
        assert!(message.contains("not allowed"), "{host}: {message}");
    }
}
