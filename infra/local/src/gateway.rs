//! The HTTP API on one machine: a loopback port that handles requests like API Gateway and passes
//! them to the function named by the template.

mod answer;
mod event;
mod routes;

use crate::function::request_id;
use crate::loopback;
use crate::serve::{self, Running};
use crate::{Error, Function, Infrastructure, Requests, Result};
use answer::{plain, to_response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;

pub use event::to_event;
pub use routes::Matched;

/// Maximum size of a request to API Gateway.
const MAX_REQUEST: usize = 10 * 1024 * 1024;
/// Maximum size of an event of Lambda; base64 adds a third to a binary body.
const MAX_EVENT: usize = 6 * 1024 * 1024;
/// Time limit of API Gateway, regardless of the function's own limit.
const PATIENCE: Duration = Duration::from_secs(29);

/// The functions behind the HTTP API, called without a port: tests use this.
#[derive(Debug, Clone)]
pub struct Api {
    routes: Arc<routes::Routes>,
    functions: Arc<BTreeMap<String, (Function, Duration)>>,
    requests: Requests,
}

/// Metadata of a request: source, time and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The caller's address, from the socket.
    pub source: IpAddr,
    /// Time of arrival.
    pub time: SystemTime,
    /// The request id of the gateway.
    pub request_id: String,
}

impl Arrival {
    /// A request from this address that arrives now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the gateway has its own clock, as on AWS")]
    pub fn from(source: IpAddr) -> Self {
        Self { source, time: SystemTime::now(), request_id: request_id() }
    }
}

impl Default for Arrival {
    fn default() -> Self {
        Self::from(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

impl Api {
    /// Connects the template's routes with their functions. A route without its function returns
    /// 500, as API Gateway does when it cannot reach a function.
    ///
    /// # Errors
    /// [`Error::Template`] when two routes are the same or a path cannot be matched.
    pub fn new(
        infrastructure: &Infrastructure,
        functions: impl IntoIterator<Item = Function>,
    ) -> Result<Self> {
        let limit = |name: &str| {
            let declared =
                infrastructure.function(name).map(|declared| Duration::from_secs(declared.timeout));
            declared.unwrap_or(PATIENCE).min(PATIENCE)
        };
        let functions = functions
            .into_iter()
            .map(|function| (function.name.clone(), (function.clone(), limit(&function.name))))
            .collect();
        Ok(Self {
            routes: Arc::new(routes::Routes::new(&infrastructure.routes)?),
            functions: Arc::new(functions),
            requests: Requests::default(),
        })
    }

    /// Counts the requests here, for the metrics of the gateway.
    #[must_use]
    pub fn measured(mut self, requests: Requests) -> Self {
        self.requests = requests;
        self
    }

    /// Multiplies the time limit of each function: on a busy machine, a second says little about
    /// the duration of a function.
    #[must_use]
    pub fn patient(mut self, times: u32) -> Self {
        let functions = self
            .functions
            .iter()
            .map(|(name, (function, limit))| (name.clone(), (function.clone(), *limit * times)));
        self.functions = Arc::new(functions.collect());
        self
    }

    /// The route for this request: full paths before greedy ones, literal segments before
    /// variables, its own method before `ANY`.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<Matched> {
        self.routes.find(method, path)
    }

    /// Handles requests of an address for a function that calls others, while something else keeps
    /// this alive: the functions would otherwise keep themselves.
    pub fn caller(
        self: &Arc<Self>,
    ) -> impl Fn(Request<Bytes>, IpAddr) -> BoxFuture<'static, Option<Response<Bytes>>> + use<>
    {
        let api = Arc::downgrade(self);
        move |request, source| {
            let api = api.upgrade();
            Box::pin(async move { Some(api?.handle(request, Arrival::from(source)).await) })
        }
    }

    /// Handles one request like the HTTP API.
    pub async fn handle(&self, request: Request<Bytes>, arrival: Arrival) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let mut response = self.answer(&parts, &body, &arrival).await;
        self.requests.count(response.status().is_server_error());
        if let Ok(value) = arrival.request_id.parse() {
            response.headers_mut().insert("apigw-requestid", value);
        }
        response
    }

    async fn answer(
        &self,
        parts: &http::request::Parts,
        body: &Bytes,
        arrival: &Arrival,
    ) -> Response<Bytes> {
        if body.len() > MAX_REQUEST {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let Some(matched) = self.routes.find(parts.method.as_str(), parts.uri.path()) else {
            return plain(StatusCode::NOT_FOUND, "Not Found");
        };
        let Some(event) = to_event(parts, body, &matched, arrival) else {
            return plain(StatusCode::BAD_REQUEST, "Bad Request");
        };
        if body.len() > MAX_EVENT / 2 && event.to_string().len() > MAX_EVENT {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let Some((function, limit)) = self.functions.get(&matched.function) else {
            tracing::error!(function = %matched.function, "the function {} is not mounted", matched.function);
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        };
        match tokio::time::timeout(*limit, function.call(event, *limit)).await {
            Ok(Ok(answer)) => to_response(answer),
            Ok(Err(message)) if message.starts_with("Task timed out") => self.late(&matched),
            Err(_) => self.late(&matched),
            Ok(Err(message)) => {
                tracing::error!(function = %matched.function, "the function {} failed: {message}", matched.function);
                plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }

    fn late(&self, matched: &Matched) -> Response<Bytes> {
        tracing::error!(function = %matched.function, "the function {} took too long", matched.function);
        plain(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
    }

    async fn receive(self, request: Request<Incoming>, peer: SocketAddr) -> Response<Full<Bytes>> {
        if !loopback::is_addressed_here(&request) {
            return plain(StatusCode::FORBIDDEN, loopback::FOREIGN_HOST).map(Full::new);
        }
        let (parts, body) = request.into_parts();
        let response = match Limited::new(body, MAX_REQUEST).collect().await {
            Ok(body) => {
                self.handle(Request::from_parts(parts, body.to_bytes()), Arrival::from(peer.ip()))
                    .await
            }
            Err(cause) if cause.is::<LengthLimitError>() => {
                plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            Err(_) => plain(StatusCode::BAD_REQUEST, "Bad Request"),
        };
        response.map(Full::new)
    }
}

/// A loopback port for the [`Api`].
#[derive(Debug)]
pub struct Gateway {
    listeners: Vec<TcpListener>,
    address: SocketAddr,
}

impl Gateway {
    /// Opens the port; port 0 selects a free one. On 127.0.0.1 the same port of `::1` is opened
    /// too: `localhost` can mean either, and another program there would receive the requests.
    ///
    /// # Errors
    /// [`Error::Start`] when the port is in use, or the address is not loopback: this server has no
    /// TLS and must not be reachable from another machine.
    pub async fn bind(address: SocketAddr) -> Result<Self> {
        let what = || format!("the gateway on {address}");
        if !address.ip().is_loopback() {
            return Err(Error::start(what(), "only loopback addresses are allowed"));
        }
        let listener =
            TcpListener::bind(address).await.map_err(|cause| Error::start(what(), cause))?;
        let bound = listener.local_addr().map_err(|cause| Error::start(what(), cause))?;
        let mut listeners = vec![listener];
        if bound.ip() == Ipv4Addr::LOCALHOST {
            match TcpListener::bind((Ipv6Addr::LOCALHOST, bound.port())).await {
                Ok(listener) => listeners.push(listener),
                Err(cause) if cause.kind() == ErrorKind::AddrInUse && address.port() != 0 => {
                    return Err(Error::start(
                        format!("the gateway on [::1]:{}", bound.port()),
                        cause,
                    ));
                }
                // The machine has no IPv6.
                Err(_) => {}
            }
        }
        Ok(Self { listeners, address: bound })
    }

    /// The bound address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves requests until the returned handle is stopped or dropped.
    #[must_use]
    pub fn serve(self, api: Api) -> Running {
        serve::spawn(self.listeners, move |peer| {
            let api = api.clone();
            service_fn(move |request| {
                let api = api.clone();
                async move { Ok::<_, Infallible>(api.receive(request, peer).await) }
            })
        })
    }
}

#[cfg(test)]
mod tests;
