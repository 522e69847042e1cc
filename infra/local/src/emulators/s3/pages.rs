//! Presigned URLs in scripts of a page on this machine, such as the portal's: what the CORS rules of
//! a deployment's buckets allow (infra/data.yaml). The URL is the authorisation.

use crate::loopback;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ORIGIN, VARY,
};
use http::{HeaderValue, Method, Request, Response, StatusCode};

/// The page of a request with a presigned URL, whose header `Origin` is taken off.
pub(super) fn take_page<B>(request: &mut Request<B>) -> Option<HeaderValue> {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let is_presigned = form_urlencoded::parse(query).any(|(key, _)| key == "X-Amz-Signature");
    (is_presigned && loopback::is_from_here(request))
        .then(|| request.headers_mut().remove(ORIGIN))
        .flatten()
}

/// The answer to the question of a browser whether the page may send its request.
pub(super) fn preflight<B>(
    request: &Request<B>,
    page: Option<&HeaderValue>,
) -> Option<Response<s3s::Body>> {
    let page = page.filter(|_| request.method() == Method::OPTIONS)?;
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let allowed = [
        (ACCESS_CONTROL_ALLOW_METHODS, "PUT, GET"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, x-amz-checksum-sha256"),
    ];
    for (name, value) in allowed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    allow(&mut response, page);
    Some(response)
}

/// Lets the page read a response.
pub(super) fn allow<B>(response: &mut Response<B>, page: &HeaderValue) {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, page.clone());
    response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
}
