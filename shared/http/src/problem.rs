//! Problems: RFC 9457 `application/problem+json`, with a stable code and a text for users, and
//! without internal causes.

use http::{HeaderValue, StatusCode, header};
use provost_app::App;
use provost_domain::{ApiError, Code, RequestId};
use provost_operations::OperationError;
use provost_store::{Conflict, StoreError, idempotency::StoredResponse};
use serde_json::{Value, json};

use crate::reply::{Html, IntoReply, Response, finish};

/// The result of a handler.
pub type HandlerResult<R> = Result<R, HandlerError>;

/// Why a handler returned no result.
#[derive(Debug)]
pub enum HandlerError {
    /// The request was refused; nothing has changed.
    Api(ApiError),
    /// Another request wrote the same data at the same time; this request is decided again.
    Collision,
    /// A write was rejected, and the handler did not say what that means to the caller: a bug.
    Conflict(Conflict),
    /// The same request already got a response, which is returned again.
    Replay(Box<StoredResponse>),
    /// An internal failure; the cause is only logged.
    Failed {
        /// The action that failed.
        action: &'static str,
        /// The cause.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<ApiError> for HandlerError {
    fn from(refused: ApiError) -> Self {
        Self::Api(refused)
    }
}

impl From<OperationError> for HandlerError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Refused(error) => error.into(),
            OperationError::Collision => Self::Collision,
            OperationError::Store(StoreError::Conflict(conflict)) => Self::Conflict(conflict),
            OperationError::Store(error) => {
                Self::Failed { action: "the store", cause: Box::new(error) }
            }
        }
    }
}

impl From<StoreError> for HandlerError {
    fn from(error: StoreError) -> Self {
        OperationError::from(error).into()
    }
}

impl From<provost_auth::secret::NoRandomness> for HandlerError {
    fn from(error: provost_auth::secret::NoRandomness) -> Self {
        Self::Failed { action: "making a secret", cause: Box::new(error) }
    }
}

impl From<provost_auth::keys::InvalidKey> for HandlerError {
    fn from(error: provost_auth::keys::InvalidKey) -> Self {
        Self::Failed { action: "signing", cause: Box::new(error) }
    }
}

impl HandlerError {
    /// The code in the response.
    pub fn code(&self) -> Code {
        match self {
            Self::Api(refused) => refused.code,
            Self::Collision => Code::InProgress,
            Self::Conflict(_) | Self::Replay(_) | Self::Failed { .. } => Code::Unavailable,
        }
    }

    /// The error for the caller. Internal causes are replaced by a general text.
    fn refused(self) -> ApiError {
        match self {
            Self::Api(refused) => refused,
            Self::Collision => {
                ApiError::new(Code::InProgress, "Another request is changing the same resource. Read it again and repeat the request.")
            }
            Self::Conflict(_) | Self::Replay(_) | Self::Failed { .. } => ApiError::new(
                Code::Unavailable,
                "The service is temporarily unavailable, and nothing was changed. Send the request again in a moment.",
            )
            .with("retryAfter", 2),
        }
    }

    /// The problem as a response.
    pub fn into_response(self, request: RequestId) -> Response {
        let refused = self.refused();
        let body = body(&refused, &request.to_string());
        let mut response = http::Response::new(axum::body::Body::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(refused.code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = refused.extra.get("retryAfter").and_then(Value::as_i64) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if refused.code.status() == 401 {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl HandlerError {
    /// The problem as a page, for a user who followed a link.
    pub(crate) fn into_page(self, request: RequestId) -> Response {
        let refused = self.refused();
        let escaped =
            |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let sentence =
            refused.fields.first().map_or(refused.detail.as_str(), |field| field.message.as_str());
        let (title, sentence) = (escaped(refused.code.title()), escaped(sentence));
        let style = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}";
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{style}</style>\n<main>\n<h1>{title}</h1>\n<p>{sentence}</p>\n<p>Reference: {request}</p>\n</main>\n</html>\n"
        );
        let status = StatusCode::from_u16(refused.code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Html { status, page }.reply().into_response()
    }
}

fn body(refused: &ApiError, request: &str) -> Value {
    let mut body = json!({
        "type": format!("urn:provost:problem:{}", refused.code.as_str().to_lowercase().replace('_', "-")),
        "title": refused.code.title(), "status": refused.code.status(), "detail": refused.detail, "code": refused.code.as_str(), "requestId": request,
    });
    if !refused.fields.is_empty() {
        body["errors"] = refused
            .fields
            .iter()
            .map(|error| {
                let mut entry =
                    json!({"field": error.field, "code": error.code, "message": error.message});
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
    let refused = ApiError::field(
        "limit",
        "out_of_range",
        "The limit is out of range. Use a number from 1 to 200.",
    );
    let example = body(&refused, "01KAH7Z800F1VNQ5Y8M2WTC3JD");
    json!({
        "type": "object", "title": "Problem", "description": "An error response (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "requestId"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "URN of the code, `urn:provost:problem:…`."},
            "title": {"type": "string", "description": "Short title, the same for every occurrence of the code."},
            "status": {"type": "integer", "description": "HTTP status."},
            "detail": {"type": "string", "description": "Explanation of the error, and what to do about it."},
            "code": {"type": "string", "enum": Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>(), "description": "Stable error code."},
            "requestId": {"type": "string", "description": "Request id, as in the logs."},
            "missing": {"type": "array", "items": {"type": "string"}, "description": "Permissions that the caller lacks."},
            "allowed": {"type": "array", "items": {"type": "string"}, "description": "Actions that are possible instead."},
            "retryAfter": {"type": "integer", "description": "Time to wait before the next attempt, in seconds."},
            "errors": {"type": "array", "description": "Fields that are not valid.", "items": {"type": "object", "required": ["field", "code", "message"], "properties": {
                "field": {"type": "string", "description": "Path of the field, such as `profile.country`."},
                "code": {"type": "string", "description": "Stable code of the error, such as `required` or `too_long`."},
                "message": {"type": "string", "description": "What is wrong, and what to do about it."},
                "allowed": {"type": "array", "items": {"type": "string"}, "description": "Allowed values, if there are only a few."}
            }}}
        },
        "examples": [example],
    })
}

/// An error before any route matches, with the headers of every response.
pub(crate) fn refusal(app: &App, refused: ApiError) -> Response {
    let request = app.id(RequestId::new);
    let mut response = HandlerError::from(refused).into_response(request);
    finish(response.headers_mut(), request);
    response
}
