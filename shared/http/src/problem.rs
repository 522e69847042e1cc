//! Problems: RFC 9457 `application/problem+json`, with a stable code, a sentence for a person, and nothing of the cause.

use http::{HeaderValue, StatusCode, header};
use provost_domain::{Code, Refused, RequestId};
use provost_store::{
    StoreError,
    deletions::LABEL as DELETION,
    error::COLLISION,
    idempotency::Answered,
    memberships::{MEMBER, ORGANISATION},
    organisation_invites::INVITE,
    principals::REVISION,
    second_factors::LABEL as SECOND_FACTOR,
};
use serde_json::{Value, json};

use crate::reply::{Html, Responds, Response};

/// What a handler answers.
pub type Answer<R> = Result<R, Problem>;

/// Why there is no answer.
#[derive(Debug)]
pub enum Problem {
    /// The request was refused; nothing changed.
    Refused(Refused),
    /// Somebody else wrote the same thing at the same moment; the request is decided anew.
    Collision,
    /// The same request was answered before, and this is that answer.
    Replay(Box<Answered>),
    /// Something of ours failed; the cause is for the log.
    Failed {
        /// What could not be done.
        action: &'static str,
        /// Why.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error.conflict() {
            Some(REVISION | DELETION | ORGANISATION | MEMBER | INVITE | SECOND_FACTOR | COLLISION) => Self::Collision,
            Some(label) => Self::Failed { action: label, cause: Box::new(error) },
            None => Self::Failed { action: "the store", cause: Box::new(error) },
        }
    }
}

impl From<provost_auth::secret::NoRandomness> for Problem {
    fn from(error: provost_auth::secret::NoRandomness) -> Self {
        Self::Failed { action: "making a secret", cause: Box::new(error) }
    }
}

impl From<provost_auth::keys::BadKey> for Problem {
    fn from(error: provost_auth::keys::BadKey) -> Self {
        Self::Failed { action: "signing", cause: Box::new(error) }
    }
}

impl Problem {
    /// The code that the caller sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refused) => refused.code,
            Self::Collision => Code::InProgress,
            Self::Replay(_) | Self::Failed { .. } => Code::Unavailable,
        }
    }

    /// The refusal that the caller sees; causes from inside are replaced by a sentence.
    fn refused(self) -> Refused {
        match self {
            Self::Refused(refused) => refused,
            Self::Collision => {
                Refused::new(Code::InProgress, "Somebody else is changing the same thing right now; read it again and repeat the request.")
            }
            Self::Replay(_) | Self::Failed { .. } => Refused::new(
                Code::Unavailable,
                "This could not be done just now and nothing was changed; send the request again in a moment.",
            )
            .with("retryAfter", 2),
        }
    }

    /// The answer as it is sent.
    pub fn into_response(self, request: RequestId) -> Response {
        let refused = self.refused();
        let body = body(&refused, request);
        let mut response = http::Response::new(axum::body::Body::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = refused.extra.get("retryAfter").and_then(Value::as_i64) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if refused.code.status() == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl Problem {
    /// The answer as a page, for a person who followed a link.
    pub(crate) fn into_page(self, request: RequestId) -> Response {
        let refused = self.refused();
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let sentence = refused.fields.first().map_or(refused.detail.as_str(), |field| field.message.as_str());
        let (title, sentence) = (escaped(refused.code.title()), escaped(sentence));
        let style = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}";
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{style}</style>\n<main>\n<h1>{title}</h1>\n<p>{sentence}</p>\n<p>Reference: {request}</p>\n</main>\n</html>\n"
        );
        let status = StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Html { status, page }.reply().into_response()
    }
}

fn body(refused: &Refused, request: RequestId) -> Value {
    let mut body = json!({
        "type": format!("urn:provost:problem:{}", refused.code.as_str().to_lowercase().replace('_', "-")),
        "title": refused.code.title(), "status": refused.code.status(), "detail": refused.detail, "code": refused.code.as_str(), "requestId": request,
    });
    if !refused.fields.is_empty() {
        body["errors"] = refused
            .fields
            .iter()
            .map(|error| {
                let mut entry = json!({"field": error.field, "code": error.code, "message": error.message});
                if !error.allowed.is_empty() {
                    entry["allowed"] = json!(error.allowed);
                }
                entry
            })
            .collect();
    }
    for (name, value) in &refused.extra {
        body[*name] = value.clone();
    }
    body
}

/// The schema of a problem, for the OpenAPI document.
pub fn schema() -> Value {
    json!({
        "type": "object", "title": "Problem", "description": "Why the request was refused (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "requestId"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string", "description": "The same for every occurrence of the code."},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What to do about it."},
            "code": {"type": "string", "enum": Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>()},
            "requestId": {"type": "string"},
            "missing": {"type": "array", "items": {"type": "string"}, "description": "The permissions that are missing."},
            "allowed": {"type": "array", "items": {"type": "string"}, "description": "What is possible instead."},
            "retryAfter": {"type": "integer", "description": "Seconds to wait."},
            "errors": {"type": "array", "items": {"type": "object", "required": ["field", "code", "message"], "properties": {
                "field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}, "allowed": {"type": "array", "items": {"type": "string"}}
            }}}
        }
    })
}
