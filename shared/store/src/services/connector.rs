//! The HTTP client: HTTP/1.1 over TLS, or plain HTTP on this machine.
//!
//! The SDK's own client also supports HTTP/2, which no service that we call needs and which every
//! function would contain.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    net::SocketAddr,
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
        connect::{CaptureConnection, HttpConnector as TcpTo, capture_connection, dns::Name},
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::time::{error::Elapsed, timeout};

use crate::outbound::{Guard, system};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(90);

/// TCP connections to hosts whose names are resolved here.
type Tcp = TcpTo<Names>;

/// A pool of connections.
#[derive(Clone)]
pub struct Connector {
    client: Client<Limited, SdkBody>,
    /// Whether documents are bounded: the server is not ours.
    bounded: bool,
}

/// Maximum size of an answer of a server that staff entered, in bytes, except for objects, which are
/// read piece by piece.
const MAX_DOCUMENT: usize = 4 * 1024 * 1024;

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl Connector {
    /// Connections over TLS, to servers with certificates from these authorities. `limit` is the
    /// timeout for opening one.
    pub fn over_tls(roots: RootCertStore, limit: Duration) -> Self {
        Self::new(roots, limit, false, None)
    }

    /// Connections to hosts that staff entered: over TLS and to public addresses only, except where
    /// the guard says otherwise.
    pub fn guarded(roots: RootCertStore, limit: Duration, guard: Guard) -> Self {
        Self::new(roots, limit, guard.has_exceptions(), Some(guard))
    }

    /// Plain HTTP connections.
    pub fn in_the_clear(limit: Duration) -> Self {
        // The same type as over TLS, so that a function contains only one client; without
        // authorities no TLS connection would open.
        Self::new(RootCertStore::empty(), limit, true, None)
    }

    #[expect(clippy::expect_used, reason = "the provider has the versions that it names as safe")]
    fn new(roots: RootCertStore, limit: Duration, plain: bool, guard: Option<Guard>) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = Tcp::new_with_resolver(Names(guard.clone()));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let bounded = guard.is_some();
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = if plain { builder.https_or_http() } else { builder.https_only() };
        let inner = builder.enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(Limited { inner, limit, guard });
        Self { client, bounded }
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
        // The SDK marks its requests for objects.
        let is_object = request.uri().query().is_some_and(|query| query.contains("x-id=GetObject"));
        let bounded = self.bounded;
        let answer = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(classify)?;
            let is_document = bounded && !(is_object && answer.status().is_success());
            let answer = answer.map(|body| {
                if is_document {
                    SdkBody::from_body_1_x(http_body_util::Limited::new(body, MAX_DOCUMENT))
                } else {
                    SdkBody::from_body_1_x(body)
                }
            });
            HttpResponse::try_from(answer)
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
    guard: Option<Guard>,
}

impl tower::Service<Uri> for Limited {
    type Response = <HttpsConnector<Tcp> as tower::Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        // An address in the URL is not resolved, so it is checked here.
        if let Some(Err(error)) = self.guard.as_ref().map(|guard| guard.check(&address)) {
            return Box::pin(async move { Err(error.into()) });
        }
        let opening = timeout(self.limit, self.inner.call(address));
        Box::pin(async move { opening.await? })
    }
}

/// Resolves names, and with a guard only those whose every address is public. The connection is
/// opened to the addresses that were checked, so a name that changes in between changes nothing.
#[derive(Clone)]
struct Names(Option<Guard>);

impl tower::Service<Name> for Names {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guard = self.0.clone();
        Box::pin(async move {
            let found = match &guard {
                Some(guard) => guard.resolve(name.as_str()).await?,
                None => system(name).await?,
            };
            Ok(found.into_iter())
        })
    }
}
