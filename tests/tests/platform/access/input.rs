//! S4 and bad input: callers cannot write protected fields, and no input makes the platform fail.

use bytes::Bytes;
use http::Method;
use provost_domain::BuiltInRole;
use serde_json::json;

/// Fields of a stored user that no request may set.
const PROTECTED: &[&str] = &[
    "version",
    "revision",
    "pseudonym",
    "subjectKey",
    "passwordHash",
    "role",
    "roles",
    "permissions",
    "grants",
    "denials",
    "status",
    "suspension",
    "deletion",
    "sessions",
    "apiKeys",
    "failures",
    "isVerified",
    "idVerified",
    "studentVerified",
    "portalTier",
    "storageUsed",
    "storageQuota",
    "totalFiles",
    "createdAt",
    "updatedAt",
    "lastLoginAt",
    "lastLoginIp",
    "emailVerified",
    "userId",
    "uniqueId",
    "pk",
    "sk",
];

#[tokio::test]
async fn a_user_cannot_write_protected_fields() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let before = world.user(ada.id).await.expect("ada");
    for field in PROTECTED {
        let mut body = json!({"firstName": "Mallory"});
        body[*field] = json!("rootAdmin");
        let refused = ada.put("/api/users/me", body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], *field);
    }
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!(
        serde_json::to_value(&before).expect("a value"),
        serde_json::to_value(&after).expect("a value"),
        "nothing changed"
    );
}

#[tokio::test]
async fn no_response_contains_secret_values() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    for row in crate::api_tables()
        .into_iter()
        .flat_map(|function| function.rows)
        .filter(|row| row.method == Method::GET)
    {
        let path = row
            .path
            .replace("{id}", &ada.id.to_string())
            .replace("{userId}", &ada.id.to_string())
            .replace("{token}", "x")
            .replace("{linkId}", "x");
        for someone in [&root, &ada] {
            let text = someone.get(&path).await.text();
            for secret in [
                "argon2id",
                "passwordHash",
                "subjectKey",
                "\"family\"",
                "\"digest\"",
                "\"pseudonym\"",
                "\"revision\"",
            ] {
                assert!(
                    !text.contains(secret) || path == "/openapi.json",
                    "{} returns {secret}: {text}",
                    row.path
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_makes_a_route_fail() {
    let world = crate::world().await;
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let large = format!("{{\"reason\": \"{}\"}}", "x".repeat((1 << 20) + 1));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("application/json", b"{".to_vec()),
        ("application/json", b"[]".to_vec()),
        ("application/json", b"null".to_vec()),
        ("application/json", b"\"x\"".to_vec()),
        ("application/json", vec![0xff, 0xfe, 0x00]),
        ("application/json", br#"{"nope": 1}"#.to_vec()),
        ("application/json", br#"{"reason": 5, "email": [], "password": {}}"#.to_vec()),
        ("application/json", deep.into_bytes()),
        ("application/json", large.into_bytes()),
        (
            "application/json",
            "{\"reason\": \"\u{202e}\u{0000}\u{feff}\", \"email\": \"\u{202e}@\u{1f600}\", \"name\": \"\u{200b}\"}".as_bytes().to_vec(),
        ),
        (
            "application/json",
            br#"{"durationDays": -9223372036854775808, "maxDownloads": 1e308, "expiresInHours": 99999999999999999999}"#.to_vec(),
        ),
        ("text/xml", b"<x/>".to_vec()),
        ("application/x-www-form-urlencoded", b"%%%=%&&&".to_vec()),
        ("multipart/form-data", b"--x".to_vec()),
        ("", b"{}".to_vec()),
    ];
    let queries = [
        "?page=0",
        "?page=-1",
        "?page=99999999999",
        "?limit=0",
        "?limit=201",
        "?limit=abc",
        "?cursor=x",
        "?page=1&cursor=x",
        "?nope=1",
        "?page=",
        "?page=1&page=2",
        "?status=%00",
        "?from=yesterday",
        "?search=%F0%9F%98%80%E2%80%AE",
        "?%ff=%fe",
        "?a[b]=c",
    ];
    let ids = [
        "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "x",
        "..%2f..%2f",
        "%00",
        "%FF",
        "%25FF",
        "%F0%9F%98%80",
        "email:%00@x",
        "me",
    ];
    // The user index is made from the first account.
    world.staff("first", BuiltInRole::RootAdmin).await;
    world.settle().await;
    let mut wrong = Vec::new();
    for (n, row) in crate::api_tables().into_iter().flat_map(|function| function.rows).enumerate() {
        // Some routes end the session of the request, so each route gets a new caller.
        let root = world.staff(&format!("root{n}"), BuiltInRole::RootAdmin).await;
        for id in ids {
            let path = row
                .path
                .split('/')
                .map(|segment| if segment.starts_with('{') { id } else { segment })
                .collect::<Vec<_>>()
                .join("/");
            let mut replies = vec![root.ask(row.method.clone(), &path, "", Bytes::new()).await];
            if id == ids[0] {
                if row.method != Method::GET {
                    for (content_type, body) in &bodies {
                        let reply = root
                            .ask(row.method.clone(), &path, content_type, Bytes::from(body.clone()))
                            .await;
                        // An unknown field is refused by name, even where no body is expected.
                        if body.starts_with(br#"{"nope"#) && reply.status.is_success() {
                            wrong.push(format!(
                                "{} took a field that there is not -> {}",
                                reply.asked, reply.status
                            ));
                        }
                        replies.push(reply);
                    }
                }
                for query in queries {
                    replies.push(
                        root.ask(row.method.clone(), &format!("{path}{query}"), "", Bytes::new())
                            .await,
                    );
                }
            }
            for reply in replies {
                let status = reply.status.as_u16();
                let told = status < 400
                    || (reply.header("content-type") == "application/problem+json"
                        && !reply.code().is_empty()
                        && reply.json()["detail"]
                            .as_str()
                            .is_some_and(|text| text.ends_with(['.', '?', '…'])))
                    || reply.header("content-type").starts_with("text/html");
                if status >= 500 || !told {
                    wrong.push(format!("{} -> {status} {}", reply.asked, reply.text()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} responses are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
    world.settle().await;
}
