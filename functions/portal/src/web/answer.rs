//! Responses of the portal.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use maud::Markup;
use provost_http::reply::{IntoReply, Reply, ReplyBody, ReplyDoc};
use schemars::SchemaGenerator;

use crate::client::{CallError, Refusal};

/// What a page may load and where its forms may lead. Scripts and styles are files of this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";

/// The response to a page's request.
#[derive(Debug)]
pub enum Answer {
    /// A page inside the frame of the portal.
    Page(Content),
    /// Another page of the portal.
    SeeOther(String),
    /// A file to save.
    File {
        /// Media type.
        content_type: &'static str,
        /// Name of the file.
        name: String,
        /// The file.
        bytes: Bytes,
    },
}

/// The content of a page.
#[derive(Debug)]
pub struct Content {
    /// Status of the response.
    pub status: StatusCode,
    /// Title of the page.
    pub title: String,
    /// What the page shows.
    pub body: Markup,
    /// Other servers whose images the page shows.
    pub image_origins: Vec<String>,
    /// Other servers to which the script of the page connects.
    pub connect_origins: Vec<String>,
    /// The page of another server to which the browser goes on by itself.
    pub leaves_to: Option<String>,
}

impl Content {
    /// A page with status 200.
    pub fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            body,
            image_origins: Vec::new(),
            connect_origins: Vec::new(),
            leaves_to: None,
        }
    }

    /// The same page with another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        Self { status, ..self }
    }
}

/// Why there is no response.
#[derive(Debug)]
pub enum Stop {
    /// The API refused the request of the page.
    Refused(Box<Refusal>),
    /// The API did not respond.
    Failed,
    /// There is no such page.
    NotFound,
}

/// The result of a page.
pub type PageResult = Result<Answer, Stop>;

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => Self::Refused(refusal),
            CallError::Failed => Self::Failed,
        }
    }
}

/// A page with status 200.
pub fn page(title: impl Into<String>, body: Markup) -> PageResult {
    Ok(Answer::Page(Content::new(title, body)))
}

/// The response that leaves the portal.
#[derive(Debug, Default)]
pub struct PortalReply {
    status: StatusCode,
    headers: HeaderMap,
    content_type: &'static str,
    body: Bytes,
}

impl PortalReply {
    /// A page.
    pub fn html(status: StatusCode, html: String) -> Self {
        Self::with_policy(status, html, POLICY)
    }

    /// A page with this content, rendered in its frame.
    pub fn of(content: &Content, html: String) -> Self {
        let mut policy = POLICY.to_owned();
        for (sources, origins) in [
            ("img-src 'self' data: https:", &content.image_origins),
            ("connect-src 'self'", &content.connect_origins),
        ] {
            let more = format!("{sources} {}", origins.join(" "));
            policy = policy.replace(sources, more.trim_end());
        }
        let reply = Self::with_policy(content.status, html, &policy);
        match &content.leaves_to {
            Some(url) => reply.with(header::REFRESH, &format!("0; url={url}")),
            None => reply,
        }
    }

    fn with_policy(status: StatusCode, html: String, policy: &str) -> Self {
        let reply = Self { status, content_type: HTML, body: html.into(), ..Self::default() };
        // The language of the page is the one that the browser prefers.
        reply.with(header::CONTENT_SECURITY_POLICY, policy).with(header::VARY, "accept-language")
    }

    /// Bytes of a type.
    pub fn bytes(content_type: &'static str, body: Bytes) -> Self {
        Self { content_type, body, ..Self::default() }
    }

    /// A redirect after a form, or to the sign-in page.
    pub fn see_other(path: &str) -> Self {
        let reply = Self { status: StatusCode::SEE_OTHER, ..Self::default() };
        reply.with(header::LOCATION, path)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// Adds cookies.
    #[must_use]
    pub fn cookies(mut self, lines: Vec<String>) -> Self {
        for line in lines {
            self = self.with(header::SET_COOKIE, &line);
        }
        self
    }
}

impl IntoReply for PortalReply {
    fn reply(&self) -> Reply {
        let body = match std::str::from_utf8(&self.body) {
            Ok(text) => ReplyBody::Text(text.to_owned()),
            Err(_) => ReplyBody::Bytes(self.body.clone()),
        };
        Reply {
            status: self.status,
            headers: self.headers.clone(),
            content_type: self.content_type,
            body,
        }
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc { status: 200, description: "A page of the portal.", ..ReplyDoc::default() }
    }
}
