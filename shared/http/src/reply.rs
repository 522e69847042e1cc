//! Responses: each kind of response is a type, so the API description always matches the response.

mod body;
mod kinds;
mod page;

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use provost_domain::RequestId;
use provost_store::idempotency::StoredResponse;
use schemars::SchemaGenerator;
use serde::Serialize;
use serde_json::Value;

pub use body::ReplyBody;
pub use kinds::{
    Accepted, Counted, Created, Json, NoContent, NoContentOr, PlanOrJob, Private, SeeOther,
    Versioned, etag,
};
pub use page::{Html, HtmlOr};

/// The response that leaves the function.
pub type Response = http::Response<Body>;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// A response before it is sent.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Additional headers.
    pub headers: HeaderMap,
    /// The body's media type.
    pub content_type: &'static str,
    /// The body.
    pub body: ReplyBody,
}

/// The part of the OpenAPI document about a response.
#[derive(Debug, Default)]
pub struct ReplyDoc {
    /// The status.
    pub status: u16,
    /// A description in one sentence.
    pub description: &'static str,
    /// The body's media types, each with its schema.
    pub content: Vec<(&'static str, Value)>,
    /// Headers that are always present.
    pub headers: Vec<&'static str>,
    /// Alternative responses, such as a page for a form.
    pub instead: Vec<ReplyDoc>,
    /// Whether browsers get errors as pages.
    pub refuses_by_page: bool,
}

/// The description of a page in the OpenAPI document.
pub fn page_doc() -> (&'static str, Value) {
    ("text/html", serde_json::json!({"type": "string"}))
}

/// A kind of response.
pub trait IntoReply {
    /// The response.
    fn reply(&self) -> Reply;
    /// Describes the response for the OpenAPI document.
    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc;
}

impl Reply {
    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), content_type: "", body: String::new().into() }
    }

    fn json<T: Serialize>(status: StatusCode, value: &T) -> Self {
        // The views contain strings, numbers and maps with string keys, so serialising them cannot
        // fail.
        let body = serde_json::to_string(value).unwrap_or_default();
        Self { status, headers: HeaderMap::new(), content_type: JSON, body: body.into() }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The part that is stored under an idempotency key; none if the body is not a text.
    pub fn remembered(&self) -> Option<StoredResponse> {
        let body = self.body.as_text()?.to_owned();
        let text = |name: HeaderName| {
            self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Some(StoredResponse {
            status: self.status.as_u16(),
            location: text(header::LOCATION),
            etag: text(header::ETAG),
            cookie: text(header::SET_COOKIE),
            content_type: Some(self.content_type.to_owned()),
            body,
        })
    }

    /// The stored response, marked as a replay.
    pub fn replay(answered: StoredResponse) -> Self {
        let content_type = match answered.content_type.as_deref() {
            Some("") => "",
            Some(HTML) => HTML,
            _ => JSON,
        };
        let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
        let mut reply =
            Self { status, headers: HeaderMap::new(), content_type, body: answered.body.into() };
        let headers = [
            (header::LOCATION, answered.location),
            (header::ETAG, answered.etag),
            (header::SET_COOKIE, answered.cookie),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                reply = reply.with(name, &value);
            }
        }
        reply.with(HeaderName::from_static("idempotent-replayed"), "true")
    }

    /// The response that leaves the function.
    pub fn into_response(self) -> Response {
        let mut response = http::Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if !self.content_type.is_empty() {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        response
    }
}

/// Headers of every response.
pub(crate) fn finish(headers: &mut HeaderMap, request: RequestId) {
    let fixed = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in fixed {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_replayed_response_is_the_same_except_for_the_header() {
        let cookie =
            Reply::empty(StatusCode::NO_CONTENT).with(header::SET_COOKIE, "theme=dark; Max-Age=0");
        let page = Reply {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            content_type: HTML,
            body: "<p>Kept.</p>".to_owned().into(),
        };
        let made = Reply {
            status: StatusCode::CREATED,
            headers: HeaderMap::new(),
            content_type: JSON,
            body: "{}".to_owned().into(),
        }
        .with(header::LOCATION, "/api/things/1")
        .with(header::ETAG, "\"1\"");
        for given in [cookie, page, made] {
            let mut again = Reply::replay(given.remembered().expect("a text"));
            assert_eq!(
                again.headers.remove("idempotent-replayed").as_ref().map(HeaderValue::as_bytes),
                Some(&b"true"[..])
            );
            assert_eq!(
                (again.status, again.content_type, again.body.as_text()),
                (given.status, given.content_type, given.body.as_text())
            );
            assert_eq!(again.headers, given.headers);
        }
    }

    #[tokio::test]
    async fn a_body_can_be_bytes_or_a_stream_which_are_not_remembered() {
        let bytes = [0, 159, 146, 150];
        let parts: [Result<_, std::io::Error>; 2] = [Ok("a,b\n"), Ok("1,2\n")];
        let stream = Body::from_stream(futures_util::stream::iter(parts));
        let bodies: [(ReplyBody, &[u8]); 2] =
            [(Bytes::copy_from_slice(&bytes).into(), &bytes), (stream.into(), b"a,b\n1,2\n")];
        for (body, sent) in bodies {
            let reply = Reply { body, content_type: "text/csv", ..Reply::empty(StatusCode::OK) };
            assert!(reply.remembered().is_none());
            let response = reply.into_response();
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/csv");
            let body = axum::body::to_bytes(response.into_body(), 1024).await.expect("a body");
            assert_eq!(body, sent);
        }
    }
}
