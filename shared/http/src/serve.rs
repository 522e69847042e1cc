//! The `main` of an HTTP function: starts, then serves its routes until the sandbox ends.

use lambda_http::{Error, Request, service_fn, tower::ServiceExt};
use provost_app::App;

use crate::Routes;

/// Serves a function's routes on Lambda.
///
/// # Errors
/// When the environment is incomplete or the runtime cannot be reached.
pub async fn serve(routes: Routes) -> Result<(), Error> {
    provost_app::start_logging();
    let app = App::from_env().await?;
    // The connection to the table is opened during initialisation, when processor time is not yet
    // limited.
    if let Err(error) = app.store().warm().await {
        tracing::warn!(cause = %error, "the table could not be reached at the start");
    }
    let router = routes.router(app);
    lambda_http::run(service_fn(move |request: Request| {
        let router = router.clone();
        async move {
            // The router's response is `Send` but not `Sync`, and the adapter requires both, so the
            // whole body is collected here.
            let response = router.oneshot(request.map(axum::body::Body::new)).await?;
            let (parts, body) = response.into_parts();
            let bytes = http_body_util::BodyExt::collect(body).await?.to_bytes();
            let body = String::from_utf8(bytes.to_vec()).map_or_else(
                |bytes| lambda_http::Body::from(bytes.into_bytes()),
                lambda_http::Body::from,
            );
            Ok::<_, Error>(http::Response::from_parts(parts, body))
        }
    }))
    .await
}
