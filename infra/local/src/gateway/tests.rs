use super::*;
use crate::Route;
use crate::testing::infrastructure;
use axum::Router;
use axum::body::Bytes as Body;
use axum::http::HeaderMap;
use axum::routing::any;
use http::Method;
use serde_json::{Value, json};

/// A function that returns its event.
fn echo() -> Function {
    Function::worker("things", |event: Value, _| async move {
        Ok(
            json!({ "statusCode": 200, "headers": {}, "cookies": [], "isBase64Encoded": false, "body": event.to_string() }),
        )
    })
}

fn api(function: Function) -> Api {
    Api::new(&infrastructure(), [function]).unwrap()
}

fn request(method: &str, uri: &str) -> http::request::Builder {
    Request::builder().method(method).uri(uri).header("host", "127.0.0.1:3000")
}

async fn event(request: http::request::Builder, body: &'static [u8]) -> Value {
    let response = api(echo())
        .handle(request.body(Bytes::from_static(body)).unwrap(), Arrival::default())
        .await;
    assert_eq!(response.status(), 200, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn the_most_specific_route_handles_the_request() {
    let api = api(echo());
    let taken = |method: &str, path: &str| api.route(method, path).map(|matched| matched.route_key);
    assert_eq!(taken("GET", "/things/7").as_deref(), Some("GET /things/{id}"));
    assert_eq!(taken("POST", "/things/7").as_deref(), Some("ANY /things/{proxy+}"));
    assert_eq!(taken("GET", "/things/mine").as_deref(), Some("ANY /things/mine"));
    assert_eq!(taken("DELETE", "/things/mine").as_deref(), Some("DELETE /things/mine"));
    assert_eq!(taken("GET", "/things/7/a/b").as_deref(), Some("ANY /things/{proxy+}"));
    assert_eq!(
        taken("GET", "/things/7/parts/b/c").as_deref(),
        Some("ANY /things/{id}/parts/{proxy+}")
    );
    assert_eq!(taken("GET", "/").as_deref(), Some("ANY /"));
    for nowhere in ["/things", "/things/", "/thing", "/other/7"] {
        assert_eq!(taken("GET", nowhere), None, "{nowhere}");
    }
}

#[test]
fn two_functions_cannot_have_the_same_route() {
    let mut declared = infrastructure();
    let other =
        Route { method: "GET".into(), path: "/things/{name}".into(), function: "other".into() };
    declared.routes.push(other);
    assert!(Api::new(&declared, []).unwrap_err().to_string().contains("is the same route as"));
}

#[tokio::test]
async fn the_event_is_the_one_that_api_gateway_sends() {
    let request = request("GET", "/things/caf%C3%A9?tag=a&tag=b%2Cc&q=%C3%BC+x&empty=")
        .header("cookie", "a=1; b=2")
        .header("cookie", "c=3")
        .header("X-Thing", "one")
        .header("x-thing", "two")
        .header("x-forwarded-for", "6.6.6.6")
        .header("user-agent", "curl/8");
    let event = event(request, b"").await;
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "GET /things/{id}");
    assert_eq!(event["rawPath"], "/things/café");
    assert_eq!(event["rawQueryString"], "tag=a&tag=b%2Cc&q=%C3%BC+x&empty=");
    assert_eq!(event["queryStringParameters"], json!({ "tag": "a,b,c", "q": "ü x", "empty": "" }));
    assert_eq!(event["pathParameters"], json!({ "id": "café" }));
    assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
    assert_eq!(event["headers"]["x-thing"], "one,two");
    assert_eq!(event["headers"]["x-forwarded-for"], "6.6.6.6, 127.0.0.1");
    assert!(event["headers"].get("cookie").is_none());
    let context = &event["requestContext"];
    assert_eq!(context["http"]["method"], "GET");
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["http"]["userAgent"], "curl/8");
    assert_eq!(
        (&context["stage"], &context["domainName"]),
        (&json!("$default"), &json!("127.0.0.1:3000"))
    );
    assert_eq!(event["isBase64Encoded"], false);
    assert!(event.get("body").is_none());
}

#[tokio::test]
async fn a_body_is_text_only_if_the_gateway_sends_text() {
    let json = event(
        request("POST", "/things/1").header("content-type", "application/json"),
        "{\"ü\":1}".as_bytes(),
    )
    .await;
    assert_eq!((&json["body"], &json["isBase64Encoded"]), (&json!("{\"ü\":1}"), &json!(false)));
    let form = event(
        request("POST", "/things/1").header("content-type", "application/x-www-form-urlencoded"),
        b"a=b",
    )
    .await;
    assert_eq!((&form["body"], &form["isBase64Encoded"]), (&json!("YT1i"), &json!(true)));
    let broken =
        event(request("POST", "/things/1").header("content-type", "application/json"), b"\xff")
            .await;
    assert_eq!((&broken["body"], &broken["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
}

#[test]
fn an_event_can_be_created_without_a_gateway() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_583_348_638_390);
    let arrival = Arrival { source: [10, 0, 0, 1].into(), time, request_id: "id".into() };
    let matched = api(echo()).route("GET", "/things/1").unwrap();
    let (parts, ()) = request("GET", "/things/1").body(()).unwrap().into_parts();
    let event = to_event(&parts, b"", &matched, &arrival).unwrap();
    assert_eq!(event["requestContext"]["time"], "04/Mar/2020:19:03:58 +0000");
    assert_eq!(event["requestContext"]["timeEpoch"], 1_583_348_638_390_i64);
    assert_eq!(event["requestContext"]["requestId"], "id");
}

/// A router behind the real adapter: method, path, query, cookie and body as the function sees
/// them.
fn router() -> Function {
    let seen = |method: Method, uri: http::Uri, headers: HeaderMap, body: Body| async move {
        let cookie =
            headers.get("cookie").map(|value| value.to_str().unwrap_or_default().to_owned());
        let path = format!("{method} {} {}", uri.path(), uri.query().unwrap_or_default());
        let kind = [
            ("content-type", "application/octet-stream"),
            ("set-cookie", "s=1"),
            ("x-path", &path),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut answer = http::Response::new(axum::body::Body::from(body));
        for (name, value) in
            kind.into_iter().chain(cookie.map(|cookie| ("x-cookie".to_owned(), cookie)))
        {
            answer
                .headers_mut()
                .append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        answer.headers_mut().append("set-cookie", "t=2".parse().unwrap());
        answer
    };
    Function::http("things", Router::new().route("/things/{id}", any(seen)))
}

#[tokio::test]
async fn a_router_gets_the_request_and_the_caller_its_response() {
    let request = request("POST", "/things/caf%C3%A9?a=1&a=2").header("cookie", "x=1; y=2");
    let request = request
        .header("content-type", "application/octet-stream")
        .body(Bytes::from_static(b"\x00\xff"))
        .unwrap();
    let response = api(router()).handle(request, Arrival::default()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-path"], "POST /things/caf%C3%A9 a=1&a=2");
    assert_eq!(response.headers()["x-cookie"], "x=1; y=2");
    let cookies = response.headers().get_all("set-cookie").iter().collect::<Vec<_>>();
    assert_eq!(cookies, ["s=1", "t=2"]);
    assert_eq!(response.body().as_ref(), b"\x00\xff");
}

#[tokio::test]
async fn failures_return_the_responses_of_the_gateway() {
    let status = async |function: Function, uri: &str, body: Bytes| {
        let request = request("POST", uri).body(body).unwrap();
        let response = api(function).handle(request, Arrival::default()).await;
        (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
    };
    let panics = || {
        Function::worker("things", |_: Value, _| async {
            panic!("no") as std::result::Result<Value, String>
        })
    };
    let broken =
        || Function::worker("things", |_: Value, _| async { Ok(json!({ "statusCode": 7 })) });
    let huge = || {
        Function::worker("things", |_: Value, _| async {
            Ok(json!({ "statusCode": 200, "body": "x".repeat(7 << 20) }))
        })
    };
    let internal = (500, r#"{"message":"Internal Server Error"}"#.to_owned());
    assert_eq!(
        status(echo(), "/nowhere", Bytes::new()).await,
        (404, r#"{"message":"Not Found"}"#.to_owned())
    );
    assert_eq!(status(panics(), "/things/1", Bytes::new()).await, internal);
    assert_eq!(status(broken(), "/things/1", Bytes::new()).await, internal);
    assert_eq!(status(huge(), "/things/1", Bytes::new()).await, internal);
    let large = Bytes::from(vec![0; MAX_REQUEST + 1]);
    assert_eq!(status(echo(), "/things/1", large).await.0, 413);
    let large_as_event = Bytes::from(vec![0xff; 5 << 20]);
    assert_eq!(status(echo(), "/things/1", large_as_event).await.0, 413);
    let hostile =
        Request::builder().uri("/things/1").header("host", "a b/c?").body(Bytes::new()).unwrap();
    assert_eq!(api(echo()).handle(hostile, Arrival::default()).await.status(), 400);
}

#[tokio::test]
async fn the_port_serves_requests_and_stops_gracefully() {
    let gateway = Gateway::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("{}/things/7?x=1", gateway.url());
    let running = gateway.serve(api(echo()));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let event: Value = http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(event["pathParameters"]["id"], "7");
    for host in ["localhost", "127.0.0.1:80", "[::1]:3000"] {
        assert_eq!(
            http.get(&url).header("host", host).send().await.unwrap().status(),
            200,
            "{host}"
        );
    }
    // The name of a web page that resolves to this machine.
    for host in ["evil.example", "127.0.0.1.evil.example"] {
        let refused = http.get(&url).header("host", host).send().await.unwrap();
        assert_eq!(refused.status(), 403, "{host}");
        assert!(refused.text().await.unwrap().contains("localhost"), "{host}");
    }
    // No request is sent afterwards: another process may already use the port.
    running.stop().await;
    assert!(Gateway::bind(SocketAddr::from(([0, 0, 0, 0], 0))).await.is_err());
}
