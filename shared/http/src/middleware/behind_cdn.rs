//! Requests through a content delivery network: whether they came through it, and from which
//! viewer.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use provost_app::{
    App,
    origin::{SECRET_HEADER, viewer_address},
};
use provost_domain::{ApiError, Code};

use crate::problem::refusal;

/// Rejects requests that bypass the content delivery network, before anything else is checked.
pub(crate) async fn only_through_it(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if app.origin().admits(request.headers().get(SECRET_HEADER).map(http::HeaderValue::as_bytes)) {
        return next.run(request).await;
    }
    refusal(
        &app,
        ApiError::new(
            Code::PermissionDenied,
            "This address is not open to the public. Use the address that the deployment publishes.",
        ),
    )
}

/// The viewer's address as reported by the network; `None` if the deployment names no header for
/// it.
pub(crate) fn viewer(app: &App, headers: &HeaderMap) -> Option<String> {
    let named = headers.get(app.origin().address_header()?)?.to_str().ok()?;
    Some(viewer_address(named)?.to_string())
}
