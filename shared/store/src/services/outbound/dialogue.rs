//! A dialogue in lines with a mail server, over a connection that the guard allows.

use std::{io, pin::Pin, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{CONNECT, Outbound, OutboundError, public_authorities};
use provost_domain::outbound::{NotAllowed, is_public_host};

/// Time limit for one reply.
const REPLY: Duration = Duration::from_secs(3);
/// Time limits for sending the content of an email, and for the reply to it.
const CONTENT: Duration = Duration::from_secs(10);
/// Maximum size of one reply, in bytes.
const MAX_REPLY: usize = 8 * 1024;

trait Channel: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Channel for T {}

/// A connection to a mail server.
pub struct Dialogue {
    channel: Pin<Box<dyn Channel>>,
}

impl std::fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dialogue")
    }
}

impl Dialogue {
    /// Connects to a public host, or to its stand-in.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn open(outbound: &Outbound, host: &str, port: u16) -> Result<Self, OutboundError> {
        let guard = outbound.guard();
        let origin = outbound.instead(format!("smtp://{host}:{port}"));
        let authority = origin.trim_start_matches("smtp://");
        let channel = if guard.has_exception(authority) {
            connect(authority).await?
        } else if is_public_host(host) {
            let mut found = guard.resolve(host).await.map_err(|error| {
                if error.is::<NotAllowed>() {
                    OutboundError::NotAllowed
                } else {
                    OutboundError::Unreachable
                }
            })?;
            found.truncate(4);
            for address in &mut found {
                address.set_port(port);
            }
            connect(found.as_slice()).await?
        } else {
            return Err(OutboundError::NotAllowed);
        };
        Ok(Self { channel: Box::pin(channel) })
    }

    /// The same connection over TLS, with a certificate for this host by an authority of the
    /// platform or one of these.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn over_tls(
        self,
        host: &str,
        authorities: &[CertificateDer<'static>],
    ) -> Result<Self, TlsError> {
        let mut roots = public_authorities();
        roots.add_parsable_certificates(authorities.iter().cloned());
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| TlsError::NoTls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Certificate)?;
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, self.channel);
        match timeout(REPLY, connecting).await {
            Ok(Ok(channel)) => Ok(Self { channel: Box::pin(channel) }),
            Ok(Err(error)) if is_about_the_certificate(&error) => Err(TlsError::Certificate),
            _ => Err(TlsError::NoTls),
        }
    }

    /// Reads a reply: its code, and its text.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn reply(&mut self) -> Result<(u16, String), OutboundError> {
        self.reply_within(REPLY).await
    }

    async fn reply_within(&mut self, limit: Duration) -> Result<(u16, String), OutboundError> {
        within(limit, async {
            let mut read = Vec::new();
            loop {
                let text = String::from_utf8_lossy(&read);
                let last = text.lines().last().unwrap_or_default();
                // The last line of a reply has a blank after the code, the others a hyphen.
                if text.ends_with('\n') && last.as_bytes().get(3) != Some(&b'-') {
                    let code = last.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
                    return Ok((code, text.into_owned()));
                }
                let mut piece = [0; 1024];
                let length = self.channel.read(&mut piece).await?;
                if length == 0 || read.len() > MAX_REPLY {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                read.extend_from_slice(&piece[..length]);
            }
        })
        .await
    }

    /// Sends a line, and reads the reply to it.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn say(&mut self, line: &str) -> Result<(u16, String), OutboundError> {
        let line = format!("{line}\r\n");
        let sending = async {
            self.channel.write_all(line.as_bytes()).await?;
            self.channel.flush().await
        };
        within(REPLY, sending).await?;
        self.reply().await
    }

    /// Sends the content of an email after `DATA` was accepted, and reads the reply to it.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub(super) async fn content(&mut self, bytes: &[u8]) -> Result<(u16, String), OutboundError> {
        let sending = async {
            self.channel.write_all(bytes).await?;
            self.channel.flush().await
        };
        within(CONTENT, sending).await?;
        self.reply_within(CONTENT).await
    }

    /// Signs in, in the way of those offered that needs fewer replies.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn sign_in(
        &mut self,
        offers: &str,
        user: &str,
        password: &str,
    ) -> Result<(u16, String), OutboundError> {
        let ways = offers.to_ascii_uppercase();
        let has = |way| {
            ways.lines()
                .filter(|line| line.get(4..).is_some_and(|offer| offer.starts_with("AUTH")))
                .any(|line| line.split([' ', '=']).any(|word| word == way))
        };
        if has("LOGIN") && !has("PLAIN") {
            let mut reply = self.say("AUTH LOGIN").await?;
            for text in [user, password] {
                if reply.0 == 334 {
                    reply = self.say(&BASE64.encode(text)).await?;
                }
            }
            return Ok(reply);
        }
        let account = BASE64.encode(format!("\0{user}\0{password}"));
        self.say(&format!("AUTH PLAIN {account}")).await
    }
}

/// Why a connection could not change to TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsError {
    /// The server does not speak TLS here.
    NoTls,
    /// Its certificate is not valid for the host.
    Certificate,
}

fn is_about_the_certificate(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(
        inner,
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    )
}

async fn connect(to: impl tokio::net::ToSocketAddrs) -> Result<TcpStream, OutboundError> {
    within(CONNECT, TcpStream::connect(to)).await
}

async fn within<T>(
    limit: Duration,
    doing: impl Future<Output = io::Result<T>>,
) -> Result<T, OutboundError> {
    match timeout(limit, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(OutboundError::Unreachable),
        Err(_) => Err(OutboundError::Timeout),
    }
}
