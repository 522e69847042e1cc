//! Calls of the API's routes with the token of the person who uses the portal. The portal has no
//! rights of its own: it shows what the API returns, and explains what the API refuses.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use provost_app::{ApiCaller, App};
use serde::Deserialize;
use serde_json::Value;

/// The routes of the API, one a line: method, path and function. A test compares it with the route
/// tables.
pub const ROUTES: &str = include_str!("client/routes.txt");

/// Headers of the browser that say something about its request to the portal, not about the
/// portal's requests.
const NOT_FORWARDED: [HeaderName; 9] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::ORIGIN,
    HeaderName::from_static("idempotency-key"),
];

/// Why a call returned nothing.
#[derive(Debug)]
pub enum CallError {
    /// The API refused the request.
    Refused(Box<Refusal>),
    /// The API did not respond.
    Failed,
}

/// A problem (RFC 9457) that the API returned.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// Short title.
    pub title: String,
    /// What is wrong, and what to do about it.
    pub detail: String,
    /// Time to wait before the next attempt, in seconds.
    pub retry_after: Option<u64>,
    /// What is wrong with each field.
    pub errors: Vec<FieldError>,
    /// Id of the refused request.
    pub request_id: String,
}

/// What is wrong with a field of a request.
#[derive(Debug, Clone, Deserialize)]
pub struct FieldError {
    /// Path of the field.
    pub field: String,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// A successful response.
#[derive(Debug)]
pub struct Received {
    /// The headers.
    pub headers: HeaderMap,
    /// The JSON of the body; `null` if it is empty or not JSON.
    pub body: Value,
    /// The body.
    pub bytes: Bytes,
}

/// Calls the API for one request of a person.
#[derive(Debug, Clone)]
pub struct Client {
    caller: ApiCaller,
    token: Option<String>,
    forwarded: HeaderMap,
    source: IpAddr,
}

impl Client {
    /// A client for a request with these headers from this address; `None` where the API cannot be
    /// called.
    pub fn new(app: &App, headers: &HeaderMap, source: Option<&str>) -> Option<Self> {
        let mut forwarded = headers.clone();
        for name in &NOT_FORWARDED {
            forwarded.remove(name);
        }
        let source = source.and_then(|text| text.parse().ok());
        Some(Self {
            caller: app.api(ROUTES)?.clone(),
            token: None,
            forwarded,
            source: source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        })
    }

    /// The same client with this access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// What the API refused, or that it did not respond.
    pub async fn get(&self, path: &str) -> Result<Value, CallError> {
        Ok(self.send(Method::GET, path, None, &[]).await?.body)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// What the API refused, or that it did not respond.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(HeaderName, &str)],
    ) -> Result<Received, CallError> {
        let body = body.map(|body| ("application/json", Bytes::from(body.to_string())));
        self.send_bytes(method, path, body, headers).await
    }

    /// Sends a request with a body of a media type.
    ///
    /// # Errors
    /// What the API refused, or that it did not respond.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Bytes)>,
        headers: &[(HeaderName, &str)],
    ) -> Result<Received, CallError> {
        let (media, bytes) = body.unwrap_or_default();
        let mut request = Request::new(bytes);
        *request.headers_mut() = self.forwarded.clone();
        *request.uri_mut() = path.parse().map_err(|_| CallError::Failed)?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if !media.is_empty()
            && let Ok(media) = HeaderValue::from_str(media)
        {
            request.headers_mut().insert(header::CONTENT_TYPE, media);
        }
        *request.method_mut() = method;
        if let Some(token) = &self.token
            && let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}"))
        {
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                request.headers_mut().insert(name, value);
            }
        }
        match self.caller.send(request, self.source).await {
            Ok(response) => received(response),
            Err(cause) => {
                tracing::error!(cause = %cause, "the API did not respond to the portal");
                Err(CallError::Failed)
            }
        }
    }
}

fn received(response: Response<Bytes>) -> Result<Received, CallError> {
    let (parts, bytes) = response.into_parts();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if parts.status.is_success() || parts.status.is_redirection() {
        return Ok(Received { headers: parts.headers, body, bytes });
    }
    let mut refusal: Refusal = serde_json::from_value(body).unwrap_or_default();
    refusal.status = parts.status.as_u16();
    if refusal.code.is_empty() {
        // A response of the gateway, such as a time limit.
        return Err(CallError::Failed);
    }
    Err(CallError::Refused(Box::new(refusal)))
}
