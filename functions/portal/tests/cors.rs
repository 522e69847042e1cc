//! Cross-origin requests: scripts of the configured origins can call the API with a bearer token.
//! No origin can use a cookie.

use http::Method;
use provost_local::Function;
use provost_testkit::World;

const LISTED: &str = "https://app.example.org";

async fn world(origins: &str) -> World {
    World::with("ALLOWED_ORIGINS", origins, |app| {
        vec![Function::http("portal", fn_portal::routes().router(app.clone()))]
    })
    .await
}

async fn preflight(world: &World, origin: &str) -> provost_testkit::Reply {
    let browser = world
        .anyone()
        .with_header("origin", origin)
        .with_header("access-control-request-method", "GET");
    let browser = browser.with_header("access-control-request-headers", "authorization");
    browser.ask(Method::OPTIONS, "/api/health", "", bytes::Bytes::new()).await
}

#[tokio::test]
async fn a_listed_origin_is_allowed_without_credentials() {
    let world = world("https://other.example.org https://app.example.org").await;
    let asked = preflight(&world, LISTED).await;
    assert_eq!(asked.status.as_u16(), 204);
    assert_eq!(asked.header("access-control-allow-origin"), LISTED);
    assert!(asked.header("access-control-allow-headers").contains("authorization"));
    assert!(asked.header("access-control-allow-methods").contains("DELETE"));
    let read = world.anyone().with_header("origin", LISTED).get("/api/health").await;
    assert_eq!(
        (read.status.as_u16(), read.header("access-control-allow-origin")),
        (200, LISTED.to_owned())
    );
    assert_eq!(
        (read.header("vary").as_str(), read.header("access-control-allow-credentials").as_str()),
        ("origin", "")
    );
    assert!(read.header("access-control-expose-headers").contains("x-request-id"));
    // Error responses are readable too, so that a client can see the cause.
    let refused = world.anyone().with_header("origin", LISTED).get("/api/health?x=1").await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("access-control-allow-origin")),
        (400, LISTED.to_owned())
    );
}

#[tokio::test]
async fn an_unlisted_origin_gets_no_cors_headers() {
    let world = world(LISTED).await;
    for origin in [
        "https://evil.example",
        "https://app.example.org.evil.example",
        "http://app.example.org",
        "https://app.example.org:8443",
        "null",
    ] {
        assert_eq!(
            preflight(&world, origin).await.header("access-control-allow-origin"),
            "",
            "{origin}"
        );
        let read = world.anyone().with_header("origin", origin).get("/api/health").await;
        assert_eq!(
            (read.header("access-control-allow-origin").as_str(), read.header("vary").as_str()),
            ("", "origin"),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn without_listed_origins_no_cors_header_is_sent() {
    let world = world("").await;
    let asked = preflight(&world, LISTED).await;
    assert_eq!(asked.status.as_u16(), 405);
    assert_eq!(
        (asked.header("access-control-allow-origin").as_str(), asked.header("vary").as_str()),
        ("", "")
    );
}
