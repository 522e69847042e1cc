//! Requests to servers that staff entered: the endpoint of a bucket, a webhook, an API. One guard
//! decides about every connection: public addresses only, resolved once, over TLS, without
//! redirects, within a time and a size.

mod dialogue;
mod guard;
pub mod submission;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use http::Uri;
use provost_domain::outbound::{NotAllowed, parse};
use rustls::RootCertStore;
use tokio::time::timeout;

use crate::connector::Connector;

use dialogue::{Dialogue, TlsError};
pub(crate) use guard::system;
pub use guard::{Guard, Lookup};

/// Time limits for a connection and for a complete answer.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(8);
/// Maximum size of an answer, in bytes.
const MAX_SIZE: usize = 64 * 1024;

/// Why a request got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address is not allowed.
    #[error("this address is not allowed")]
    NotAllowed,
    /// No answer within the time limit.
    #[error("there was no answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("the server could not be reached")]
    Unreachable,
    /// The answer is too large.
    #[error("the answer is too large")]
    TooLarge,
}

/// An answer. Its body is never shown.
#[derive(Debug)]
pub struct OutboundResponse {
    /// Status.
    pub status: u16,
    /// Headers, by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body, at most 64 KiB.
    pub body: Bytes,
}

impl OutboundResponse {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A request.
#[derive(Clone)]
pub struct Outgoing {
    /// Method.
    pub method: &'static str,
    /// URL.
    pub url: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Bytes,
}

/// Neither the URL nor a header is shown: both may hold a secret.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Sends requests to servers that staff entered. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Outbound {
    guard: Guard,
    /// Origins that are served from another address: stand-ins of the local stack and of tests.
    instead: Arc<BTreeMap<String, String>>,
}

impl Outbound {
    /// For a deployment; the settings `OUTBOUND_EXCEPTIONS` (authorities) and `OUTBOUND_STAND_INS`
    /// (`origin=origin`), with spaces between them, are for the local stack and tests.
    pub fn new(exceptions: &str, stand_ins: &str, lookup: Option<Lookup>) -> Self {
        let instead: BTreeMap<String, String> = stand_ins
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .map(|(from, to)| (from.to_owned(), to.to_owned()))
            .collect();
        let authority = |origin: &str| origin.split("://").last().unwrap_or_default().to_owned();
        let exceptions = exceptions
            .split_whitespace()
            .map(str::to_owned)
            .chain(instead.values().map(|origin| authority(origin)))
            .collect();
        Self { guard: Guard::new(exceptions, lookup), instead: Arc::new(instead) }
    }

    /// Checks an address that staff entered.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub fn check(&self, url: &str) -> Result<(), NotAllowed> {
        let excepted = url.parse::<Uri>().is_ok_and(|uri| self.guard.is_exception(&uri));
        if excepted { Ok(()) } else { parse(url).map(drop) }
    }

    /// The guard, for connections that are not HTTP.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// A connector for the SDK. It is new each time, since a pooled connection belongs to the
    /// runtime that opened it.
    pub fn connector(&self) -> Connector {
        Connector::guarded(public_authorities(), CONNECT, self.guard.clone())
    }

    /// Sends a request and returns its answer. Redirects are not followed.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn send(&self, request: Outgoing) -> Result<OutboundResponse, OutboundError> {
        match timeout(ANSWER, self.exchange(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(OutboundError::Timeout),
        }
    }

    async fn exchange(&self, request: Outgoing) -> Result<OutboundResponse, OutboundError> {
        let Outgoing { method, url, headers, body } = request;
        let url = self.instead(url);
        self.check(&url).map_err(|_| OutboundError::NotAllowed)?;
        let unreachable = |_| OutboundError::Unreachable;
        let length = body.len();
        let mut call = HttpRequest::new(SdkBody::from(body));
        call.set_method(method).map_err(|_| OutboundError::Unreachable)?;
        call.set_uri(url).map_err(|_| OutboundError::Unreachable)?;
        for (name, value) in headers {
            call.headers_mut().try_insert(name, value).map_err(unreachable)?;
        }
        if matches!(method, "PUT" | "POST") {
            call.headers_mut()
                .try_insert("content-length", length.to_string())
                .map_err(unreachable)?;
        }
        let answer = self.connector().call(call).await.map_err(|error| {
            let refused = std::iter::successors(
                Some(&error as &(dyn std::error::Error + 'static)),
                |error| error.source(),
            )
            .any(<dyn std::error::Error>::is::<NotAllowed>);
            if refused { OutboundError::NotAllowed } else { OutboundError::Unreachable }
        })?;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let (mut stream, mut bytes) = (ByteStream::new(answer.into_body()), Vec::new());
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece.map_err(|_| OutboundError::Unreachable)?);
            if bytes.len() > MAX_SIZE {
                return Err(OutboundError::TooLarge);
            }
        }
        Ok(OutboundResponse { status, headers, body: bytes.into() })
    }

    fn instead(&self, url: String) -> String {
        for (from, to) in self.instead.iter() {
            if let Some(rest) = url.strip_prefix(from.as_str())
                && (rest.is_empty() || rest.starts_with(['/', '?']))
            {
                return format!("{to}{rest}");
            }
        }
        url
    }
}

/// The platform's certificate authorities. Reading them is slow, so it happens with the first
/// request.
fn public_authorities() -> RootCertStore {
    static ROOTS: std::sync::OnceLock<RootCertStore> = std::sync::OnceLock::new();
    ROOTS
        .get_or_init(|| {
            let mut roots = RootCertStore::empty();
            // A platform may list certificates that cannot be parsed; they are skipped.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn get(url: &str) -> Outgoing {
        Outgoing { method: "GET", url: url.to_owned(), headers: Vec::new(), body: Bytes::new() }
    }

    #[test]
    fn the_debug_text_of_a_request_shows_no_secret() {
        let headers = vec![("authorization", "Bearer s3cret".to_owned())];
        let request = Outgoing { headers, ..get("https://hooks.example.net/s3cret") };
        assert!(!format!("{request:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn a_name_with_any_private_address_is_not_connected_to() {
        for answers in [
            vec!["127.0.0.1"],
            vec!["93.184.215.14", "10.0.0.1"],
            vec!["::ffff:169.254.169.254"],
            vec!["64:ff9b::a9fe:a9fe"],
        ] {
            let lookup: Lookup =
                Arc::new(move |_| answers.iter().map(|ip| ip.parse().unwrap()).collect());
            let outbound = Outbound::new("", "", Some(lookup));
            let refused = outbound.send(get("https://objects.example.net/")).await;
            assert_eq!(refused.err(), Some(OutboundError::NotAllowed));
        }
    }

    #[tokio::test]
    async fn a_name_is_resolved_once_so_that_a_later_answer_changes_nothing() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connects = Arc::new(AtomicUsize::new(0));
        let (asked, counted) = (Arc::new(AtomicUsize::new(0)), connects.clone());
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let count = asked.clone();
        // The first answer names no host at all, every later one this machine.
        let lookup: Lookup = Arc::new(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Vec::new(),
            _ => vec!["127.0.0.1".parse().unwrap()],
        });
        let outbound = Outbound::new("", "", Some(lookup));
        let first = outbound.send(get("https://rebound.example.net/")).await;
        assert_eq!(
            (first.err(), asked.load(Ordering::SeqCst)),
            (Some(OutboundError::Unreachable), 1)
        );
        let second = outbound.send(get("https://rebound.example.net/")).await;
        assert_eq!(second.err(), Some(OutboundError::NotAllowed));
        assert_eq!(connects.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn only_the_stand_in_of_an_origin_is_reached_without_tls() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let stand_ins = format!("https://api.example.net=http://{here}");
        let outbound = Outbound::new("", &stand_ins, Some(Arc::new(|_| Vec::new())));
        let refused = outbound.send(get("http://127.0.0.1:1/")).await;
        assert_eq!(refused.err(), Some(OutboundError::NotAllowed));
        let other = outbound.send(get("https://api.example.net.evil.example.net/")).await;
        assert_eq!(other.err(), Some(OutboundError::Unreachable));
        let answer = tokio::join!(outbound.send(get("https://api.example.net/x")), async {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = [0; 1024];
            let _ = stream.read(&mut read).await.unwrap();
            let reply =
                b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(reply).await.unwrap();
        });
        assert_eq!(answer.0.unwrap().status, 302, "a redirect is not followed");
    }
}
