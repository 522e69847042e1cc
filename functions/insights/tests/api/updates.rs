//! The check for updates, against a stand-in for the list of releases.

use std::sync::{
    Arc,
    atomic::{AtomicU16, AtomicUsize, Ordering},
};

use axum::{Json, Router, http::StatusCode, routing::get};
use provost_domain::{
    BuiltInRole,
    time::{HOUR, MINUTE},
};
use provost_testkit::World;
use serde_json::{Value, json};

use crate::{functions, world};

const CHECK: &str = "/api/updates/check";

/// A server that answers with this list and counts its requests.
struct Releases {
    url: String,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
}

impl Releases {
    async fn serve(list: Value) -> Self {
        let (status, asked) = (Arc::new(AtomicU16::new(200)), Arc::new(AtomicUsize::new(0)));
        let (answers, counter) = (status.clone(), asked.clone());
        let router = Router::new().route(
            "/releases",
            get(move || async move {
                counter.fetch_add(1, Ordering::SeqCst);
                let status =
                    StatusCode::from_u16(answers.load(Ordering::SeqCst)).expect("a status");
                (status, Json(list))
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/releases", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, status, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn release(tag: &str, draft: bool, prerelease: bool) -> Value {
    json!({
        "tag_name": tag, "draft": draft, "prerelease": prerelease,
        "html_url": format!("https://releases.example/{tag}"), "published_at": "2026-11-01T10:00:00Z",
    })
}

#[tokio::test]
async fn the_highest_published_version_is_the_update() {
    let releases = Releases::serve(json!([
        release("nightly", false, false),
        release("v99.0.0", true, false),
        release("v98.0.0", false, true),
        release("v97.0.0-rc.1", false, false),
        release("v1.9.2", false, false),
        release("v1.10.0", false, false),
    ]))
    .await;
    let world = World::with("RELEASES_URL", &releases.url, functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let found = joan.get(CHECK).await.ok();
    assert_eq!(
        found,
        json!({
            "currentVersion": env!("CARGO_PKG_VERSION"), "hasUpdate": true, "latestVersion": "v1.10.0",
            "releaseUrl": "https://releases.example/v1.10.0", "publishedAt": "2026-11-01T10:00:00.000Z",
            "checkedAt": "2026-11-20T16:00:00.000Z", "message": "Version v1.10.0 is available.",
        })
    );
    world.settle().await;
}

#[tokio::test]
async fn the_list_is_read_every_six_hours_and_the_last_result_outlives_a_failure() {
    let releases = Releases::serve(json!([release("v1.10.0", false, false)])).await;
    let world = World::with("RELEASES_URL", &releases.url, functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    for _ in 0..3 {
        joan.get(CHECK).await.ok();
    }
    assert_eq!(releases.asked(), 1);
    world.clock.advance(6 * HOUR);
    let mut joan = joan;
    joan.renew().await;
    releases.status.store(500, Ordering::SeqCst);
    for _ in 0..3 {
        let found = joan.get(CHECK).await.ok();
        assert_eq!(
            (&found["latestVersion"], &found["checkedAt"]),
            (&json!("v1.10.0"), &json!("2026-11-20T16:00:00.000Z"))
        );
    }
    assert_eq!(releases.asked(), 2, "a failure is not repeated at once");
    world.clock.advance(10 * MINUTE);
    joan.renew().await;
    releases.status.store(200, Ordering::SeqCst);
    let found = joan.get(CHECK).await.ok();
    assert_eq!((releases.asked(), &found["checkedAt"]), (3, &json!("2026-11-20T22:10:00.000Z")));
    world.settle().await;
}

#[tokio::test]
async fn an_unreachable_list_is_not_an_error() {
    let world = World::with("RELEASES_URL", "http://127.0.0.1:1/releases", functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let found = joan.get(CHECK).await.ok();
    assert_eq!((&found["hasUpdate"], &found["checkedAt"]), (&json!(false), &Value::Null));
    world.settle().await;
}

#[tokio::test]
async fn without_a_list_nobody_looks_for_updates() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let found = joan.get(CHECK).await.ok();
    assert_eq!((&found["hasUpdate"], &found["latestVersion"]), (&json!(false), &Value::Null));
    world.settle().await;
}
