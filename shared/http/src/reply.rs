//! Responses: each kind of response is a type, so the API description always matches the response.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use provost_store::idempotency::Answered;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

/// The response that leaves the function.
pub type Response = http::Response<axum::body::Body>;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// A response before it is sent.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Additional headers.
    pub headers: HeaderMap,
    /// The body's media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
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
        Self { status, headers: HeaderMap::new(), content_type: "", body: String::new() }
    }

    fn json<T: Serialize>(status: StatusCode, value: &T) -> Self {
        // The views contain strings, numbers and maps with string keys, so serialising them cannot
        // fail.
        let body = serde_json::to_string(value).unwrap_or_default();
        Self { status, headers: HeaderMap::new(), content_type: JSON, body }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The part that is stored under an idempotency key.
    pub fn remembered(&self) -> Answered {
        let text = |name: HeaderName| {
            self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Answered {
            status: self.status.as_u16(),
            location: text(header::LOCATION),
            etag: text(header::ETAG),
            cookie: text(header::SET_COOKIE),
            content_type: Some(self.content_type.to_owned()),
            body: self.body.clone(),
        }
    }

    /// The stored response, marked as a replay.
    pub fn replay(answered: Answered) -> Self {
        let content_type = match answered.content_type.as_deref() {
            Some("") => "",
            Some(HTML) => HTML,
            _ => JSON,
        };
        let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
        let mut reply =
            Self { status, headers: HeaderMap::new(), content_type, body: answered.body };
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
        let mut response = http::Response::new(axum::body::Body::from(self.body));
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

/// A resource: 200.
#[derive(Debug, Clone)]
pub struct Json<T> {
    body: T,
    etag: Option<u64>,
    cookie: Option<String>,
}

impl<T> Json<T> {
    /// Responds with the resource.
    pub const fn new(body: T) -> Self {
        Self { body, etag: None, cookie: None }
    }

    /// Adds the version as `ETag`.
    #[must_use]
    pub fn version(mut self, version: u64) -> Self {
        self.etag = Some(version);
        self
    }

    /// Adds a cookie.
    #[must_use]
    pub fn cookie(mut self, cookie: String) -> Self {
        self.cookie = Some(cookie);
        self
    }
}

/// The form of an `ETag` for a version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

impl<T: Serialize + JsonSchema> IntoReply for Json<T> {
    fn reply(&self) -> Reply {
        let mut reply = Reply::json(StatusCode::OK, &self.body);
        if let Some(version) = self.etag {
            reply = reply.with(header::ETAG, &etag(version));
        }
        if let Some(cookie) = &self.cookie {
            reply = reply.with(header::SET_COOKIE, cookie);
        }
        reply
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let content = vec![("application/json", generator.subschema_for::<T>().to_value())];
        ReplyDoc { status: 200, description: "Success.", content, ..ReplyDoc::default() }
    }
}

/// A new resource: 201 with its `Location`.
#[derive(Debug, Clone)]
pub struct Created<T>(pub T, pub String);

impl<T: Serialize + JsonSchema> IntoReply for Created<T> {
    fn reply(&self) -> Reply {
        Reply::json(StatusCode::CREATED, &self.0).with(header::LOCATION, &self.1)
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let content = vec![("application/json", generator.subschema_for::<T>().to_value())];
        ReplyDoc {
            status: 201,
            description: "Created.",
            content,
            headers: vec!["Location"],
            ..ReplyDoc::default()
        }
    }
}

/// A response with the new version of a changed resource as `ETag`.
#[derive(Debug, Clone)]
pub struct Versioned<R>(pub R, pub u64);

impl<R: IntoReply> IntoReply for Versioned<R> {
    fn reply(&self) -> Reply {
        self.0.reply().with(header::ETAG, &etag(self.1))
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = R::describe(generator);
        doc.headers.push("ETag");
        doc
    }
}

/// A started job: 202 with the job and its `Location`.
#[derive(Debug, Clone)]
pub struct Accepted<T>(pub T, pub String);

impl<T: Serialize + JsonSchema> IntoReply for Accepted<T> {
    fn reply(&self) -> Reply {
        Reply::json(StatusCode::ACCEPTED, &self.0).with(header::LOCATION, &self.1)
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let content = vec![("application/json", generator.subschema_for::<T>().to_value())];
        ReplyDoc {
            status: 202,
            description: "Accepted. The work continues in the background.",
            content,
            headers: vec!["Location"],
            ..ReplyDoc::default()
        }
    }
}

/// No content: 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoReply for NoContent {
    fn reply(&self) -> Reply {
        Reply::empty(StatusCode::NO_CONTENT)
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc { status: 204, description: "Done.", ..ReplyDoc::default() }
    }
}

/// No content for a program: 204. A browser that sent a form is redirected to the next page
/// instead: 303.
#[derive(Debug, Clone)]
pub enum NoContentOr {
    /// For a program.
    NoContent,
    /// For a browser.
    Next(SeeOther),
}

impl NoContentOr {
    /// The next page, if the request was a form.
    pub fn next(headers: &HeaderMap, page: &str) -> Self {
        let form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"));
        if form { Self::Next(SeeOther(page.to_owned())) } else { Self::NoContent }
    }
}

impl IntoReply for NoContentOr {
    fn reply(&self) -> Reply {
        match self {
            Self::NoContent => NoContent.reply(),
            Self::Next(page) => page.reply(),
        }
    }
    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let next = ReplyDoc {
            description: "Success of a form. `Location` is the URL of the next page.",
            ..SeeOther::describe(generator)
        };
        ReplyDoc { instead: vec![next], ..NoContent::describe(generator) }
    }
}

/// A redirect: 303.
#[derive(Debug, Clone)]
pub struct SeeOther(pub String);

impl IntoReply for SeeOther {
    fn reply(&self) -> Reply {
        Reply::empty(StatusCode::SEE_OTHER).with(header::LOCATION, &self.0)
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 303,
            description: "Redirect to the file. The URL in `Location` is valid for one minute.",
            headers: vec!["Location"],
            ..ReplyDoc::default()
        }
    }
}

/// An HTML page, which may not contain scripts.
#[derive(Debug, Clone)]
pub struct Html {
    /// The status.
    pub status: StatusCode,
    /// The page.
    pub page: String,
}

impl IntoReply for Html {
    fn reply(&self) -> Reply {
        let reply = Reply {
            status: self.status,
            headers: HeaderMap::new(),
            content_type: HTML,
            body: self.page.clone(),
        };
        reply.with(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 200,
            description: "An HTML page.",
            content: vec![page_doc()],
            refuses_by_page: true,
            ..ReplyDoc::default()
        }
    }
}

/// A page for a browser, or JSON for a program.
#[derive(Debug, Clone)]
pub enum HtmlOr<T> {
    /// For a browser.
    Html(Html),
    /// For a program.
    Json(Json<T>),
}

impl<T: Serialize + JsonSchema> IntoReply for HtmlOr<T> {
    fn reply(&self) -> Reply {
        match self {
            Self::Html(page) => page.reply(),
            Self::Json(json) => json.reply(),
        }
    }
    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = Json::<T>::describe(generator);
        doc.content.push(page_doc());
        ReplyDoc { refuses_by_page: true, ..doc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replayed_response_is_the_same_except_for_the_header() {
        let cookie = Reply::empty(StatusCode::NO_CONTENT)
            .with(header::SET_COOKIE, "__Host-provost=; Max-Age=0");
        let page = Reply {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            content_type: HTML,
            body: "<p>Kept.</p>".to_owned(),
        };
        let made = Reply {
            status: StatusCode::CREATED,
            headers: HeaderMap::new(),
            content_type: JSON,
            body: "{}".to_owned(),
        }
        .with(header::LOCATION, "/api/things/1")
        .with(header::ETAG, "\"1\"");
        for given in [cookie, page, made] {
            let mut again = Reply::replay(given.remembered());
            assert_eq!(
                again.headers.remove("idempotent-replayed").as_ref().map(HeaderValue::as_bytes),
                Some(&b"true"[..])
            );
            assert_eq!(
                (again.status, again.content_type, &again.body),
                (given.status, given.content_type, &given.body)
            );
            assert_eq!(again.headers, given.headers);
        }
    }
}
