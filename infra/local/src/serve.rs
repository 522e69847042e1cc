//! An HTTP server on loopback with graceful shutdown.

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long a stop waits for work in progress before it is aborted.
const PATIENCE: Duration = Duration::from_secs(4);

/// Something that runs in the background until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn new(stop: watch::Sender<bool>, task: JoinHandle<()>) -> Self {
        Self { stop, task }
    }

    /// Accepts no new work, finishes work in progress (for at most 4 seconds), then returns.
    pub async fn stop(self) {
        self.stop_within(PATIENCE).await;
    }

    /// Accepts no new work and finishes work in progress, for at most `patience`; returns whether
    /// all of it was finished.
    pub async fn stop_within(mut self, patience: Duration) -> bool {
        let _ = self.stop.send(true);
        let finished = tokio::time::timeout(patience, &mut self.task).await.is_ok();
        if !finished {
            self.task.abort();
        }
        finished
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Resolves when a stop is requested, or when the handle is gone.
pub(crate) async fn stopped(signal: &mut watch::Receiver<bool>) {
    let _ = signal.wait_for(|stop| *stop).await;
}

/// Serves the listeners in the background. `service_for` creates one service per connection.
pub(crate) fn spawn<S, B>(
    listeners: Vec<TcpListener>,
    service_for: impl Fn(SocketAddr) -> S + Send + 'static,
) -> Running
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (stop, signal) = watch::channel(false);
    let task = tokio::spawn(accept(listeners, service_for, signal));
    Running::new(stop, task)
}

async fn accept<S, B>(
    listeners: Vec<TcpListener>,
    service_for: impl Fn(SocketAddr) -> S + Send + 'static,
    mut signal: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // A set, so that dropping the server also drops its connections.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = poll_fn(|context| next(&listeners, context)) => accepted,
            Some(_) = connections.join_next() => continue,
            () = stopped(&mut signal) => break,
        };
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = service_for(peer);
        let signal = signal.clone();
        connections.spawn(connection(TokioIo::new(stream), service, signal));
    }
    while connections.join_next().await.is_some() {}
}

/// The next connection to any of the listeners.
fn next(
    listeners: &[TcpListener],
    context: &mut Context<'_>,
) -> Poll<std::io::Result<(TcpStream, SocketAddr)>> {
    let mut accepted = listeners.iter().map(|listener| listener.poll_accept(context));
    accepted.find(Poll::is_ready).unwrap_or(Poll::Pending)
}

async fn connection<S, B>(stream: TokioIo<TcpStream>, service: S, mut signal: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = http1::Builder::new().serve_connection(stream, service);
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopped(&mut signal) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = outcome {
        tracing::debug!(%cause, "a connection ended early");
    }
}
