//! Cross-origin requests (the Fetch standard's CORS protocol): a deployment lists exact origins,
//! and only these can call the API from a browser, with a bearer token. Cookies are never allowed
//! across origins, so `Access-Control-Allow-Credentials` is never sent. Without listed origins no
//! header is sent at all.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use provost_app::App;

/// Request headers that the clients of the platform send.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, if-match, x-consistency-token, x-reason",
);
/// Response headers that scripts can read, in addition to those that CORS always allows.
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "etag, idempotent-replayed, location, retry-after, x-consistency-token, x-request-id, x-total-count",
);
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// Time for which a browser may cache a preflight response, in seconds; two hours is the maximum
/// that all browsers honour.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Responds to preflights of listed origins, and lets their scripts read all other responses.
pub(crate) async fn allow_listed_origins(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if app.allowed_origins().is_empty() {
        return next.run(request).await;
    }
    let origin =
        request.headers().get(header::ORIGIN).filter(|origin| is_listed(&app, origin)).cloned();
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match &origin {
        Some(_) if preflight => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    // A cache must not return one origin's response to another.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        allow(headers, origin, preflight);
    }
    response
}

fn is_listed(app: &App, origin: &HeaderValue) -> bool {
    app.allowed_origins().iter().any(|listed| listed.as_bytes() == origin.as_bytes())
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue, preflight: bool) {
    let mut insert = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
    insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if preflight {
        insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
}
