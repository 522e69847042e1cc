//! S20 and S21: the log of all functions during typical use: no secret, no name, no address, and
//! one JSON object per line.

use std::{
    io::Write,
    sync::{Mutex, OnceLock, PoisonError},
};

use provost_domain::{ApiError, BuiltInRole, Code};
use provost_http::{HandlerResult, NoContent, Public, PublicGrant, RequestContext, Routes};
use provost_testkit::{World, people::PASSWORD, stripe};
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Collects the log of the whole process, of all tests, in the form that Lambda writes.
pub fn collect() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let ours = tracing_subscriber::filter::filter_fn(|metadata| {
            metadata.target().starts_with("provost") || metadata.target().starts_with("fn_")
        });
        let layer = provost_telemetry::json_layer("Provost/test", || Sink);
        let _ = tracing_subscriber::registry()
            .with(LevelFilter::INFO)
            .with(ours)
            .with(layer)
            .try_init();
    });
}

/// The lines collected so far.
pub fn lines() -> Vec<Value> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = String::from_utf8(log).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_line_names_a_user_or_contains_a_secret() {
    let world = crate::world().await;
    let root = world.staff("Canaryroot", BuiltInRole::RootAdmin).await;
    let anyone = world.anyone();
    let person = json!({"email": "canary.person@canary.example", "password": PASSWORD, "firstName": "Canaryfirst", "lastName": "Canarylast\n{\"forged\": true}\u{2028}"});
    anyone.post("/api/users/register", person.clone()).await;
    let mut person = person;
    person["lastName"] = json!("Canarylast");
    let id = anyone.post("/api/users/register", person).await.status(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    anyone
        .post(
            "/api/sessions/login",
            json!({"email": "canary.person@canary.example", "password": "Canary-Wrong-1"}),
        )
        .await;
    let session = anyone
        .post(
            "/api/sessions/login",
            json!({"email": "canary.person@canary.example", "password": PASSWORD}),
        )
        .await
        .ok();
    let ada = anyone.with_token(session["accessToken"].as_str().expect("a token"));
    let key = ada.post("/api/apikeys", json!({"name": "Canarykey"})).await.status(201);
    ada.with_token(key["key"].as_str().expect("a key")).get("/api/users/me").await.ok();
    ada.put("/api/users/me", json!({"firstName": "Canaryfirst", "canaryField": "x"})).await;
    root.get("/api/admin/users?search=canaryfirst&canary=1").await;
    root.get("/api/admin/users?search=canaryfirst").await.ok();
    let job = root
        .post(&format!("/api/admin/users/{id}/export-job"), json!({"reason": "Canaryfirst asked"}))
        .await
        .status(202);
    world.settle().await;
    let job_id = job["id"].as_str().expect("an id");
    let link = root
        .post(
            &format!("/api/admin/export-jobs/{job_id}/share-link"),
            json!({"password": "Canary-Link-1"}),
        )
        .await
        .status(201);
    let path = link["url"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://provost.example"))
        .expect("the platform's URL")
        .to_owned();
    anyone.post(&path, json!({"password": "Canary-Wrong-2"})).await;
    let redeemed = anyone.post(&path, json!({"password": "Canary-Link-1"})).await;
    world.start_checkout(id.parse().expect("an id")).await;
    let told = [
        stripe::event(
            "evt_1",
            "checkout.session.completed",
            world.second(),
            stripe::checkout(id.parse().expect("an id"), "cus_canary", "sub_1"),
        ),
        stripe::event(
            "evt_2",
            "invoice.paid",
            world.second(),
            stripe::invoice("in_1", "cus_canary", "sub_1", 900),
        ),
        stripe::event(
            "evt_3",
            "invoice.paid",
            world.second(),
            stripe::invoice("in_2", "cus_canaryelse", "sub_2", 900),
        ),
    ];
    for event in &told {
        world.notify(event).await;
        world.send_signed("t=1,v1=00", event.to_string()).await.is(400, "SIGNATURE_INVALID");
    }
    root.post(
        &format!("/api/admin/users/{id}/ban"),
        json!({"type": "permanent", "reason": "Canaryfirst spams"}),
    )
    .await
    .ok();
    world.settle().await;

    let log = String::from_utf8(LOG.lock().unwrap_or_else(PoisonError::into_inner).clone())
        .expect("UTF-8");
    assert!(log.lines().count() > 20, "the log was collected");
    for line in log.lines() {
        assert!(
            serde_json::from_str::<Value>(line).is_ok_and(|value| value.is_object()),
            "a line is not a JSON object: {line}"
        );
    }
    let mut canaries: Vec<String> = [
        "canaryfirst",
        "cus_canary",
        "else.example",
        "whsec_",
        "canarylast",
        "canary.person",
        "canary.example",
        "canary-",
        "canarykey",
        "canaryroot",
        "wintry-harbour",
        "lindqvist",
        "prv_",
        "prr_",
        "eyj",
        "age-secret-key",
        "x-amz-signature",
        "argon2id",
        "127.0.0.1",
        "forged\": true",
    ]
    .map(str::to_owned)
    .into();
    canaries.push(path.trim_start_matches("/share/").to_lowercase());
    canaries.push(redeemed.header("location").to_lowercase());
    let lower = log.to_lowercase();
    for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
        let line = lower.lines().find(|line| line.contains(canary.as_str()));
        assert!(line.is_none(), "the log contains {canary}: {}", line.unwrap_or_default());
    }
}

async fn refuse(_: RequestContext<PublicGrant>) -> HandlerResult<NoContent> {
    Err(ApiError::new(Code::TierLimit, "It is full.").into())
}

#[tokio::test]
async fn an_error_that_its_route_does_not_declare_is_returned_and_logged_as_an_error() {
    collect();
    let odd = |declared: &[Code]| {
        Routes::of("odd").get("/odd", Public, refuse, "Refuses.").errors(declared)
    };
    let logged = || {
        let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8(log).expect("text");
        text.lines()
            .filter(|line| {
                line.contains("ERROR") && line.contains("GET /odd") && line.contains("TIER_LIMIT")
            })
            .count()
    };
    let world = World::of(|_| Vec::new()).await;
    for (declared, errors) in [(&[Code::TierLimit][..], 0), (&[], 1)] {
        let request =
            http::Request::get("/odd").body(axum::body::Body::empty()).expect("a request");
        let answer = odd(declared)
            .router(world.app.clone())
            .oneshot(request)
            .await
            .expect("a router never fails");
        assert_eq!((answer.status().as_u16(), logged()), (409, errors));
    }
}
