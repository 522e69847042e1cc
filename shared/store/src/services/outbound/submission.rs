//! A session with a mail server that takes emails from users of its own (RFC 6409): over TLS
//! always, on port 465 from the first byte (RFC 8314), on any other after STARTTLS.

use rustls::pki_types::CertificateDer;

use super::{Dialogue, Outbound, OutboundError, TlsError};

/// A mail server.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Host, which is also the name in its certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether TLS begins with the first byte; otherwise with STARTTLS.
    pub implicit_tls: bool,
    /// Authorities besides those of the platform.
    pub authorities: Vec<CertificateDer<'static>>,
}

impl MailServer {
    /// A server that begins with TLS on port 465 alone.
    pub const fn new(host: String, port: u16) -> Self {
        Self { host, port, implicit_tls: port == 465, authorities: Vec::new() }
    }
}

/// Why there is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// The server does not begin with TLS.
    #[error("The server does not begin with TLS on this port. Use port 587, or turn `secure` off.")]
    NotTlsFirst,
    /// The server says nothing before TLS.
    #[error(
        "The server does not answer without TLS on this port. Use port 465, or turn `secure` on."
    )]
    TlsFirst,
    /// The server offers no TLS.
    #[error(
        "The server offers no TLS on this port. Use port 465, or another server: passwords are never sent without TLS."
    )]
    NoTls,
    /// The server offers TLS and refuses it.
    #[error("The server refuses TLS. Try again later.")]
    TlsRefused,
    /// The certificate is not valid.
    #[error(
        "TLS fails: the certificate is not valid for this host. Enter the name that is in the certificate."
    )]
    Certificate,
    /// The server accepts no connection now.
    #[error("The server does not accept connections now. Try again later.")]
    Busy,
    /// The server offers no sign-in.
    #[error("The server offers no sign-in on this port. Use port 465 or 587.")]
    NoSignIn,
    /// The user name or the password is wrong.
    #[error("The server refuses the user name or password. Enter both again.")]
    WrongAccount,
    /// The server does not accept this way to sign in.
    #[error("The server refuses this way to sign in. Check the account at the provider.")]
    SignInRefused,
    /// No connection, or it broke.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

/// Why an email was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSubmitted {
    /// The server refuses the sender, whatever the email: its code.
    Sender(String),
    /// The server refuses the recipient or the email for good: its code.
    Refused(String),
    /// It was not accepted; trying again later may help.
    Later,
    /// It was sent, and there was no answer: it may have been accepted.
    NoAnswer,
}

/// A session, over TLS and signed in if there is an account.
#[derive(Debug)]
pub struct Submission(Dialogue);

impl Submission {
    /// Connects, begins TLS, and signs in. `us` is the name that the server receives.
    ///
    /// # Errors
    /// [`SubmissionError`].
    pub async fn open(
        outbound: &Outbound,
        server: &MailServer,
        us: &str,
        account: Option<(&str, &str)>,
    ) -> Result<Self, SubmissionError> {
        let hello = format!("EHLO {us}");
        let MailServer { host, port, implicit_tls, authorities } = server;
        let mut dialogue = Dialogue::open(outbound, host, *port).await?;
        if *implicit_tls {
            dialogue = dialogue.over_tls(host, authorities).await.map_err(|error| match error {
                TlsError::NoTls => SubmissionError::NotTlsFirst,
                TlsError::Certificate => SubmissionError::Certificate,
            })?;
        }
        // A server that expects TLS says nothing, or not this.
        match dialogue.reply().await {
            Ok((220, _)) => {}
            Ok((400..600, _)) => return Err(SubmissionError::Busy),
            Ok(_) | Err(OutboundError::Timeout | OutboundError::Unreachable) if !implicit_tls => {
                return Err(SubmissionError::TlsFirst);
            }
            Ok(_) => return Err(SubmissionError::Busy),
            Err(error) => return Err(error.into()),
        }
        let (_, mut offers) = dialogue.say(&hello).await?;
        if !implicit_tls {
            if !offers.to_ascii_uppercase().contains("STARTTLS") {
                return Err(SubmissionError::NoTls);
            }
            if dialogue.say("STARTTLS").await?.0 != 220 {
                return Err(SubmissionError::TlsRefused);
            }
            dialogue = dialogue.over_tls(host, authorities).await.map_err(|error| match error {
                TlsError::NoTls => SubmissionError::TlsRefused,
                TlsError::Certificate => SubmissionError::Certificate,
            })?;
            offers = dialogue.say(&hello).await?.1;
        }
        if let Some((user, password)) = account {
            if !offers.to_ascii_uppercase().contains("AUTH") {
                return Err(SubmissionError::NoSignIn);
            }
            match dialogue.sign_in(&offers, user, password).await?.0 {
                235 => {}
                530 | 534 | 535 => return Err(SubmissionError::WrongAccount),
                400..500 => return Err(SubmissionError::Busy),
                _ => return Err(SubmissionError::SignInRefused),
            }
        }
        Ok(Self(dialogue))
    }

    /// Sends one email, in its Internet form.
    ///
    /// # Errors
    /// [`NotSubmitted`].
    pub async fn send(&mut self, from: &str, to: &str, email: &[u8]) -> Result<(), NotSubmitted> {
        let later = |_| NotSubmitted::Later;
        let reply = self.0.say(&format!("MAIL FROM:<{from}>")).await.map_err(later)?;
        match judge(&reply) {
            // Too large, which is about the email.
            Err(NotSubmitted::Refused(code)) if reply.0 != 552 => {
                return Err(NotSubmitted::Sender(code));
            }
            other => other?,
        }
        judge(&self.0.say(&format!("RCPT TO:<{to}>")).await.map_err(later)?)?;
        match self.0.say("DATA").await.map_err(later)? {
            (354, _) => {}
            reply => {
                judge(&reply)?;
                return Err(NotSubmitted::Later);
            }
        }
        let reply = self.0.content(&stuffed(email)).await.map_err(|_| NotSubmitted::NoAnswer)?;
        judge(&reply)
    }

    /// Ends the session. The server has answered about every email before.
    pub async fn close(mut self) {
        let _ = self.0.say("QUIT").await;
    }
}

/// What a reply means for an email.
fn judge((code, text): &(u16, String)) -> Result<(), NotSubmitted> {
    match code {
        200..300 => Ok(()),
        500..600 => Err(NotSubmitted::Refused(status(*code, text))),
        _ => Err(NotSubmitted::Later),
    }
}

/// The code of a reply with its enhanced code (RFC 3463), without the text, which may have an
/// address in it.
fn status(code: u16, text: &str) -> String {
    let word = text.get(4..).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    let is_enhanced = word.len() <= 9
        && word.split('.').count() == 3
        && word.split('.').all(|part| part.parse::<u16>().is_ok());
    if is_enhanced { format!("{code} {word}") } else { code.to_string() }
}

/// An email as it is sent after `DATA`: a dot before each line that begins with one, and a dot
/// alone at the end (RFC 5321, 4.5.2). Each line ends in CR and LF, so that no line of the email is
/// taken for its end.
fn stuffed(email: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(email.len() + email.len() / 64 + 5);
    let body = email.strip_suffix(b"\n").unwrap_or(email);
    for line in body.split(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            sent.push(b'.');
        }
        sent.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b".\r\n");
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_begins_with_a_dot_gets_another() {
        let sent = |text: &str| String::from_utf8(stuffed(text.as_bytes())).unwrap();
        assert_eq!(sent("a\r\n.\r\nb\r\n"), "a\r\n..\r\nb\r\n.\r\n");
        assert_eq!(sent("..x\r\n.htaccess"), "...x\r\n..htaccess\r\n.\r\n");
        assert_eq!(sent("a\n.\nb\n"), "a\r\n..\r\nb\r\n.\r\n", "a line feed alone ends a line too");
        assert_eq!(sent("a\r\n\r\n\r\n"), "a\r\n\r\n\r\n.\r\n", "empty lines at the end are kept");
    }

    #[test]
    fn the_text_of_a_refusal_is_not_kept() {
        let refused = |text: &str| judge(&(550, text.to_owned()));
        let code = |code: &str| Err(NotSubmitted::Refused(code.to_owned()));
        assert_eq!(refused("550 5.1.1 <ada@user.example>: unknown"), code("550 5.1.1"));
        assert_eq!(refused("550 ada@user.example is unknown"), code("550"));
        assert_eq!(judge(&(451, "451 4.3.0 later".to_owned())), Err(NotSubmitted::Later));
    }
}
