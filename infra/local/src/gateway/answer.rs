//! Converts the result of a function to the response for the caller.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// Maximum size of a response of Lambda.
const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// One of the gateway's own responses: `{"message":"…"}`.
pub(super) fn plain(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The response described by a function's result.
pub(super) fn to_response(answer: Value) -> Response<Bytes> {
    let broken = |cause: &str| {
        tracing::error!("a function's answer cannot be sent: {cause}");
        plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    };
    let text = answer["body"].as_str().unwrap_or_default();
    let mut body = Bytes::copy_from_slice(text.as_bytes());
    if answer["isBase64Encoded"] == true {
        match STANDARD.decode(text) {
            Ok(decoded) => body = decoded.into(),
            Err(_) => return broken("its body is not base64"),
        }
    }
    if answer.to_string().len() > MAX_ANSWER {
        return broken("it is larger than 6 MB");
    }
    let status = answer["statusCode"].as_u64().and_then(|code| u16::try_from(code).ok());
    let Some(status) = status.and_then(|code| StatusCode::from_u16(code).ok()) else {
        return broken("its statusCode is not one");
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let pair = (name.parse::<HeaderName>(), value.as_str().map(HeaderValue::from_str));
        let (Ok(name), Some(Ok(value))) = pair else {
            return broken("a header cannot be sent");
        };
        // These headers belong to the connection, which the gateway controls.
        if ![CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
            headers.append(name, value);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        let Some(Ok(value)) = cookie.as_str().map(HeaderValue::from_str) else {
            return broken("a cookie cannot be sent");
        };
        headers.append(SET_COOKIE, value);
    }
    if !response.body().is_empty() {
        response
            .headers_mut()
            .entry(CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("text/plain"));
    }
    response
}
