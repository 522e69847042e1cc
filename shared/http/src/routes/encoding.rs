//! The encoding of paths, which the gateway has decoded.

use axum::extract::Request;
use lambda_http::RequestExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Characters that a path may contain unencoded (RFC 3986, `pchar` and the slash).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// API Gateway decodes the path before it is matched, and the router decodes each parameter again.
/// So the path is encoded again here, and every parameter is decoded exactly once.
pub(super) fn encoded_once(mut request: Request) -> Request {
    // Empty if there is no gateway before the router.
    if request.raw_http_path().is_empty() {
        return request;
    }
    let encoded = utf8_percent_encode(request.raw_http_path(), PATH).to_string();
    let with_query = match request.uri().query() {
        Some(query) => format!("{encoded}?{query}"),
        None => encoded,
    };
    if let Ok(uri) = with_query.parse() {
        *request.uri_mut() = uri;
    }
    request
}
