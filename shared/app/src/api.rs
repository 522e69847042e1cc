//! Calls of this API's own routes. The portal makes them for a person, with the person's token: it
//! has no rights of its own.

mod invoke;
mod routes;

use std::{fmt, future::Future, net::IpAddr, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};

pub(crate) use invoke::Functions;

/// The error of a call that got no response.
pub type CallError = Box<dyn std::error::Error + Send + Sync>;
/// The response of a route, in time.
pub type ApiResponse = Pin<Box<dyn Future<Output = Result<Response<Bytes>, CallError>> + Send>>;

/// Sends requests to the functions behind the API, as if they came from an address.
#[derive(Clone)]
pub struct ApiCaller(Arc<dyn Fn(Request<Bytes>, IpAddr) -> ApiResponse + Send + Sync>);

impl ApiCaller {
    /// A caller that sends a request of an address with this function.
    pub fn new(
        send: impl Fn(Request<Bytes>, IpAddr) -> ApiResponse + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(send))
    }

    /// A caller of functions in this process.
    pub fn local<F>(handle: impl Fn(Request<Bytes>, IpAddr) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Response<Bytes>>> + Send + 'static,
    {
        Self::new(move |request, source| {
            let handled = handle(request, source);
            Box::pin(async move { handled.await.ok_or_else(|| "the functions have ended".into()) })
        })
    }

    /// Sends a request. Its URL is a path with a query.
    ///
    /// # Errors
    /// When no function responds.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        source: IpAddr,
    ) -> Result<Response<Bytes>, CallError> {
        (self.0)(request, source).await
    }
}

impl fmt::Debug for ApiCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiCaller")
    }
}
