//! Access to the services of this process: only with a signature of this start's key, and never for
//! web pages.

use super::Emulators;
use crate::Storage;
use crate::testing::started;
use aws_sdk_s3::presigning::PresigningConfig;
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder, Response};
use rustack_auth::canonical::build_canonical_request;
use rustack_auth::hash_payload;
use rustack_auth::sigv4::{build_string_to_sign, compute_signature, derive_signing_key};
use std::time::Duration;
use tempfile::TempDir;

/// One harmless request to each service: its name, the method, the operation.
const REQUESTS: [(&str, &str, &str); 3] = [
    ("dynamodb", "POST", "DynamoDB_20120810.ListTables"),
    ("s3", "GET", ""),
    ("sqs", "POST", "AmazonSQS.ListQueues"),
];

struct Caller {
    settings: std::collections::BTreeMap<String, String>,
    key: String,
    secret: String,
    at: DateTime<Utc>,
    http: reqwest::Client,
}

impl Caller {
    fn of(emulators: &Emulators) -> Self {
        let settings = emulators.settings();
        let (key, secret) =
            (settings["AWS_ACCESS_KEY_ID"].clone(), settings["AWS_SECRET_ACCESS_KEY"].clone());
        Self {
            settings,
            key,
            secret,
            at: Utc::now(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn url(&self, service: &str) -> &str {
        &self.settings[&format!("AWS_ENDPOINT_URL_{}", service.to_uppercase())]
    }

    /// A request without a signature.
    fn unsigned(&self, request: (&str, &str, &str), body: &'static str) -> RequestBuilder {
        self.unsigned_at("/", request, body)
    }

    fn unsigned_at(
        &self,
        path: &str,
        (service, method, target): (&str, &str, &str),
        body: &'static str,
    ) -> RequestBuilder {
        let request =
            self.http.request(method.parse().unwrap(), format!("{}{path}", self.url(service)));
        match target {
            "" => request,
            target => request
                .header("x-amz-target", target)
                .header("content-type", "application/x-amz-json-1.0")
                .body(body),
        }
    }

    /// The same request with a signature over `signed` as its body.
    fn signed(
        &self,
        request: (&str, &str, &str),
        body: &'static str,
        signed: &str,
    ) -> RequestBuilder {
        self.signed_at("/", request, body, signed)
    }

    fn signed_at(
        &self,
        path: &str,
        request: (&str, &str, &str),
        body: &'static str,
        signed: &str,
    ) -> RequestBuilder {
        let (service, method, target) = request;
        let (date, time) =
            (self.at.format("%Y%m%d").to_string(), self.at.format("%Y%m%dT%H%M%SZ").to_string());
        let (region, hash) = (&self.settings["AWS_REGION"], hash_payload(signed.as_bytes()));
        let host = self.url(service).trim_start_matches("http://").to_owned();
        let mut headers = vec![
            ("host", host.as_str()),
            ("x-amz-content-sha256", hash.as_str()),
            ("x-amz-date", time.as_str()),
        ];
        if !target.is_empty() {
            headers.push(("x-amz-target", target));
        }
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let canonical = build_canonical_request(method, path, "", &headers, &names, &hash);
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let text = build_string_to_sign(&time, &scope, &hash_payload(canonical.as_bytes()));
        let signature = compute_signature(
            &derive_signing_key(&self.secret, &date, region, service).unwrap(),
            &text,
        )
        .unwrap();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            self.key,
            names.join(";")
        );
        self.unsigned_at(path, request, body)
            .header("authorization", authorization)
            .header("x-amz-date", &time)
            .header("x-amz-content-sha256", &hash)
    }
}

/// Checks for an error in the form of the service, without headers that let a web page read it.
async fn refused(service: &str, request: RequestBuilder, code: &str) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403, "{service}: {response:?}");
    no_page_may_read(&response);
    let text = response.text().await.unwrap();
    match service {
        "s3" => assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}"),
        _ => assert!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["__type"]
                .as_str()
                .unwrap()
                .contains(code),
            "{text}"
        ),
    }
}

fn no_page_may_read(response: &Response) {
    let allowed =
        response.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(allowed, None, "{response:?}");
}

#[tokio::test]
async fn a_request_signed_with_the_key_of_this_start_is_accepted() {
    let emulators = started(Storage::Memory).await;
    let caller = Caller::of(&emulators);
    for request in REQUESTS {
        let body = if request.2.is_empty() { "" } else { "{}" };
        let response = caller.signed(request, body, body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{request:?}: {response:?}");
        no_page_may_read(&response);
    }
}

#[tokio::test]
async fn a_request_without_a_signature_is_rejected() {
    let emulators = started(Storage::Memory).await;
    let caller = Caller::of(&emulators);
    for (service, code) in
        [(0, "MissingAuthenticationToken"), (1, "AccessDenied"), (2, "MissingAuthenticationToken")]
    {
        refused(REQUESTS[service].0, caller.unsigned(REQUESTS[service], "{}"), code).await;
    }
}

#[tokio::test]
async fn a_signature_with_another_key_or_secret_is_rejected() {
    let emulators = started(Storage::Memory).await;
    let unknown_login = Caller {
        key: "local".to_owned(),
        secret: "local-secret-key".to_owned(),
        ..Caller::of(&emulators)
    };
    let guessed = Caller { secret: "local-secret-key".to_owned(), ..Caller::of(&emulators) };
    for (request, unknown, wrong) in [
        (REQUESTS[0], "UnrecognizedClientException", "InvalidSignatureException"),
        (REQUESTS[1], "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        (REQUESTS[2], "UnrecognizedClientException", "InvalidSignatureException"),
    ] {
        let body = if request.2.is_empty() { "" } else { "{}" };
        refused(request.0, unknown_login.signed(request, body, body), unknown).await;
        refused(request.0, guessed.signed(request, body, body), wrong).await;
    }
}

#[tokio::test]
async fn a_signature_from_an_hour_ago_is_rejected() {
    let emulators = started(Storage::Memory).await;
    for at in [Utc::now() - Duration::from_secs(3600), Utc::now() + Duration::from_secs(3600)] {
        let late = Caller { at, ..Caller::of(&emulators) };
        for (request, code) in [
            (REQUESTS[0], "InvalidSignatureException"),
            (REQUESTS[1], "RequestTimeTooSkewed"),
            (REQUESTS[2], "InvalidSignatureException"),
        ] {
            let body = if request.2.is_empty() { "" } else { "{}" };
            refused(request.0, late.signed(request, body, body), code).await;
        }
    }
}

#[tokio::test]
async fn a_body_that_differs_from_the_signed_one_is_rejected() {
    let emulators = started(Storage::Memory).await;
    let caller = Caller::of(&emulators);
    for request in [REQUESTS[0], REQUESTS[2]] {
        refused(
            request.0,
            caller.signed(request, r#"{"Limit": 1}"#, "{}"),
            "InvalidSignatureException",
        )
        .await;
    }
    let put = |body: &'static str| {
        caller.signed_at("/provost-files/note", ("s3", "PUT", ""), "", "what was signed").body(body)
    };
    let taken = put("what was signed").send().await.unwrap();
    assert_eq!((taken.status().as_u16(), taken.text().await.unwrap()), (200, String::new()));
    assert!(!put("something else!").send().await.unwrap().status().is_success());
    let kept = emulators
        .s3()
        .get_object()
        .bucket(emulators.name("files"))
        .key("note")
        .send()
        .await
        .unwrap();
    assert_eq!(kept.body.collect().await.unwrap().to_vec(), b"what was signed");
}

#[tokio::test]
async fn an_operation_that_differs_from_the_signed_one_is_rejected() {
    let emulators = started(Storage::Memory).await;
    let caller = Caller::of(&emulators);
    for (service, other) in
        [("dynamodb", "DynamoDB_20120810.DescribeEndpoints"), ("sqs", "AmazonSQS.PurgeQueue")]
    {
        let request = caller.signed((service, "POST", ""), "", "").header("x-amz-target", other);
        refused(service, request, "IncompleteSignatureException").await;
    }
}

#[tokio::test]
async fn web_pages_are_rejected() {
    let emulators = started(Storage::Memory).await;
    let caller = Caller::of(&emulators);
    for request in REQUESTS {
        let (service, _, _) = request;
        let preflight = caller.http.request(Method::OPTIONS, format!("{}/", caller.url(service)));
        refused(service, preflight.try_clone().unwrap(), "AccessDenied").await;
        let preflight = preflight
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST");
        refused(service, preflight, "AccessDenied").await;
        for origin in ["https://evil.example", "http://127.0.0.1:3000", "null"] {
            let body = if request.2.is_empty() { "" } else { "{}" };
            refused(
                service,
                caller.signed(request, body, body).header("origin", origin),
                "AccessDenied",
            )
            .await;
        }
    }
}

#[tokio::test]
async fn another_host_name_is_rejected() {
    let emulators = started(Storage::Memory).await;
    let caller = Caller::of(&emulators);
    for request in REQUESTS {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:3000",
            "10.0.0.1",
            "user@127.0.0.1",
        ] {
            refused(request.0, caller.unsigned(request, "{}").header("host", host), "AccessDenied")
                .await;
        }
    }
}

#[tokio::test]
async fn a_presigned_url_needs_no_other_credentials() {
    let emulators = started(Storage::Memory).await;
    let s3 = emulators.s3();
    let minute = || PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let (bucket, key) = (emulators.name("files"), "a/caf\u{e9} 1.txt");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let put = s3.put_object().bucket(&bucket).key(key).presigned(minute()).await.unwrap();
    assert_eq!(http.put(put.uri()).body("hello").send().await.unwrap().status(), 200);
    let get = s3.get_object().bucket(&bucket).key(key).presigned(minute()).await.unwrap();
    let got = http.get(get.uri()).send().await.unwrap();
    assert_eq!((got.status().as_u16(), got.text().await.unwrap().as_str()), (200, "hello"));
    let forged = get.uri().replace("X-Amz-Expires=60", "X-Amz-Expires=604800");
    refused("s3", http.get(forged), "SignatureDoesNotMatch").await;
    let old = format!(
        "{}/{bucket}/a?AWSAccessKeyId=x&Signature=y&Expires=99999999999",
        emulators.settings()["AWS_ENDPOINT_URL_S3"]
    );
    refused("s3", http.get(old), "AccessDenied").await;
    refused("s3", http.get(get.uri()).header("origin", "https://evil.example"), "AccessDenied")
        .await;
}

#[tokio::test]
async fn a_page_on_this_machine_may_use_a_presigned_url() {
    let emulators = started(Storage::Memory).await;
    let minute = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = emulators.s3().put_object().bucket(emulators.name("files")).key("a.txt");
    let put = put.presigned(minute).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = "http://127.0.0.1:3000";
    let asked =
        || http.request(Method::OPTIONS, put.uri()).header("access-control-request-method", "PUT");
    let allowed =
        |response: &Response| response.headers().get("access-control-allow-origin").cloned();
    let answer = asked().header("origin", page).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), allowed(&answer).unwrap()), (204, page.parse().unwrap()));
    assert!(answer.headers()["access-control-allow-headers"].to_str().unwrap().contains("x-amz-"));
    let answer = http.put(put.uri()).header("origin", page).body("hello").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), allowed(&answer).unwrap()), (200, page.parse().unwrap()));
    for origin in
        ["https://evil.example", "https://127.0.0.1:3000", "http://127.0.0.1.evil.example", "null"]
    {
        refused("s3", asked().header("origin", origin), "AccessDenied").await;
        let sent = http.put(put.uri()).header("origin", origin).body("hello");
        refused("s3", sent, "AccessDenied").await;
    }
}

#[tokio::test]
async fn each_start_has_its_own_key() {
    let home = TempDir::new().unwrap();
    let storage = || Storage::Directory(home.path().join("data"));
    let keys = |emulators: &Emulators| {
        let settings = emulators.settings();
        (settings["AWS_ACCESS_KEY_ID"].clone(), settings["AWS_SECRET_ACCESS_KEY"].clone())
    };
    let first = started(storage()).await;
    let before = keys(&first);
    assert!(before.1.len() >= 40, "{before:?}");
    assert!(!format!("{first:?}").contains(&before.1), "a secret is not printed");
    first.stop().await;
    let second = started(storage()).await;
    assert_ne!(keys(&second).0, before.0);
    assert_ne!(keys(&second).1, before.1);
    second.stop().await;
}
