//! The HTTP client: HTTP/1.1 over TLS, or plain HTTP on this machine.
//!
//! The SDK's own client also supports HTTP/2, which no service that we call needs and which every
//! function would contain.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connection::{CaptureSmithyConnection, ConnectionMetadata},
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{CaptureConnection, HttpConnector as Tcp, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::time::{error::Elapsed, timeout};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(90);

/// A pool of connections.
#[derive(Clone)]
pub struct Connector(Client<Limited, SdkBody>);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl Connector {
    /// Connections over TLS, to servers with certificates from these authorities. `limit` is the
    /// timeout for opening one.
    pub fn over_tls(roots: RootCertStore, limit: Duration) -> Self {
        Self::new(roots, limit, false)
    }

    /// Plain HTTP connections.
    pub fn in_the_clear(limit: Duration) -> Self {
        // The same type as over TLS, so that a function contains only one client; without
        // authorities no TLS connection would open.
        Self::new(RootCertStore::empty(), limit, true)
    }

    fn new(roots: RootCertStore, limit: Duration, plain: bool) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = Tcp::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = if plain { builder.https_or_http() } else { builder.https_only() };
        let inner = builder.enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(Limited { inner, limit });
        Self(client)
    }

    /// The same for the SDK.
    pub fn shared(self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self);
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(cause) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(cause.into())));
            }
        };
        // The SDK removes a connection from the pool after a response that suggests that its server
        // is unhealthy.
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>().cloned() {
            let connection = capture_connection(&mut request);
            capture.set_connection_retriever(move || metadata(&connection));
        }
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(classify)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|cause| ConnectorError::other(cause.into(), None))
        })
    }
}

fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    connection.connection_metadata().as_ref()?;
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// Classifies a failure, to decide whether to retry.
fn classify(error: hyper_util::client::legacy::Error) -> ConnectorError {
    let hyper = find::<hyper::Error>(&error);
    if find::<Elapsed>(&error).is_some() || hyper.is_some_and(hyper::Error::is_timeout) {
        return ConnectorError::timeout(error.into());
    }
    if hyper.is_some_and(hyper::Error::is_user) {
        return ConnectorError::user(error.into());
    }
    let ended = hyper.is_some_and(|error| error.is_closed() || error.is_canceled());
    if error.is_connect() || ended || find::<io::Error>(&error).is_some() {
        return ConnectorError::io(error.into());
    }
    let cut = hyper.is_some_and(hyper::Error::is_incomplete_message);
    ConnectorError::other(error.into(), cut.then_some(ErrorKind::TransientError))
}

/// The error of this type among the causes of an error. An I/O error hides the error that it wraps
/// from `source`.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// A connector with a timeout for opening connections, including the TLS handshake.
#[derive(Clone)]
struct Limited {
    inner: HttpsConnector<Tcp>,
    limit: Duration,
}

impl tower::Service<Uri> for Limited {
    type Response = <HttpsConnector<Tcp> as tower::Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let opening = timeout(self.limit, self.inner.call(address));
        Box::pin(async move { opening.await? })
    }
}
