//! The common protocol of DynamoDB and SQS: JSON by POST, the operation in `X-Amz-Target`, and a
//! signature on every request.

use super::signature::{Refusal, Verifier};
use crate::function::request_id;
use crate::loopback;
use crate::serve::{self, Running};
use bytes::Bytes;
use chrono::Utc;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The media type of the protocol.
pub(super) const JSON: &str = "application/x-amz-json-1.0";
/// DynamoDB accepts bodies up to this size, SQS smaller ones.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Serves `answer` for requests that are signed with the key of this start.
pub(super) fn serve<A, F, B>(listener: TcpListener, verifier: Verifier, answer: A) -> Running
where
    A: Fn(Parts, Bytes) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let shared = Arc::new((verifier, answer));
    serve::spawn(vec![listener], move |_| {
        let shared = Arc::clone(&shared);
        service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move {
                let (verifier, answer) = shared.as_ref();
                Ok::<_, Infallible>(match admit(verifier, request).await {
                    Ok((parts, body)) => answer(parts, body).await.map(Either::Right),
                    Err(refused) => refused.map(Either::Left),
                })
            }
        })
    })
}

async fn admit(
    verifier: &Verifier,
    request: Request<Incoming>,
) -> Result<(Parts, Bytes), Response<Full<Bytes>>> {
    let refuse = |refusal: Refusal| error(StatusCode::FORBIDDEN, refusal.code, refusal.message);
    if let Some(message) = loopback::refusal(&request) {
        return Err(error(StatusCode::FORBIDDEN, "AccessDeniedException", message));
    }
    let (parts, body) = request.into_parts();
    verifier.check_head(&parts, Utc::now()).map_err(refuse)?;
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(cause) if cause.is::<LengthLimitError>() => {
            return Err(error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "A request can have at most 16 MiB.",
            ));
        }
        Err(_) => {
            return Err(error(
                StatusCode::BAD_REQUEST,
                "SerializationException",
                "The body is not complete.",
            ));
        }
    };
    verifier.check_signature(&parts, &body).map_err(refuse)?;
    Ok((parts, body))
}

/// An error in the form of the protocol.
fn error(status: StatusCode, code: &str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "__type": format!("com.amazon.coral.service#{code}"), "message": message });
    response(status, body.to_string())
}

/// A response in the form of the protocol.
pub(super) fn response(status: StatusCode, json: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(json.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}
