//! A mail server over SMTP: one session for each email, always over TLS.

use std::time::Duration;

use provost_store::outbound::{
    Outbound, OutboundError,
    submission::{MailServer, NotSubmitted, Submission, SubmissionError},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::time::timeout;

use super::{Outgoing, SendError, build, from_name};
use crate::{ConfigError, KeySource, Settings, required};

/// Time limit for the session up to the email itself. Together with the limits for the email it is
/// below the time limit of a worker.
const SESSION: Duration = Duration::from_secs(15);

/// A mail server, with the account that sends.
#[derive(Debug, Clone)]
pub struct Smtp {
    server: MailServer,
    user: Option<String>,
    keys: KeySource,
    outbound: Outbound,
    from: String,
    from_name: Option<String>,
}

impl Smtp {
    pub(super) fn from_settings(
        settings: &Settings,
        keys: &KeySource,
        outbound: &Outbound,
    ) -> Result<Self, ConfigError> {
        let host = required(settings, "SMTP_HOST")?.to_ascii_lowercase();
        let port = match required(settings, "SMTP_PORT")?.as_str() {
            "465" => 465,
            "587" => 587,
            _ => {
                let problem = "is neither 465, for TLS from the first byte, nor 587, for STARTTLS";
                return Err(ConfigError { name: "SMTP_PORT", problem: problem.to_owned() });
            }
        };
        let authorities = match settings.get("SMTP_AUTHORITY").filter(|pem| !pem.is_empty()) {
            Some(pem) => CertificateDer::pem_slice_iter(pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| ConfigError {
                name: "SMTP_AUTHORITY",
                problem: "is no certificate in PEM form".to_owned(),
            })?,
            None => Vec::new(),
        };
        Ok(Self {
            server: MailServer { authorities, ..MailServer::new(host, port) },
            user: settings.get("SMTP_USER").filter(|user| !user.is_empty()).cloned(),
            keys: keys.clone(),
            outbound: outbound.clone(),
            from: required(settings, "MAIL_FROM")?,
            from_name: from_name(settings)?,
        })
    }

    /// Sends an email.
    ///
    /// # Errors
    /// [`SendError`].
    pub(super) async fn send(&self, email: &Outgoing<'_>) -> Result<(), SendError> {
        let message = build(email, &self.from, self.from_name.as_deref())?;
        let password = match &self.user {
            Some(user) => {
                let password =
                    self.keys.smtp_password(email.date).await.map_err(|_| SendError::Later)?;
                let missing = "the key smtp-password is missing. Create it";
                Some((user, password.ok_or_else(|| SendError::Paused(missing.to_owned()))?))
            }
            None => None,
        };
        let account = password.as_ref().map(|(user, password)| (user.as_str(), password.reveal()));
        let us = self.from.rsplit('@').next().unwrap_or_default();
        let opening = Submission::open(&self.outbound, &self.server, us, account);
        let mut session = timeout(SESSION, opening)
            .await
            .map_err(|_| SendError::Later)?
            .map_err(without_session)?;
        session.send(&self.from, email.to, &message.formatted()).await.map_err(
            |error| match error {
                NotSubmitted::Sender(code) => {
                    SendError::Paused(format!("the server refuses the sender: {code}"))
                }
                NotSubmitted::Refused(code) => SendError::Refused(code),
                NotSubmitted::Later => SendError::Later,
                NotSubmitted::NoAnswer => SendError::NoAnswer,
            },
        )?;
        session.close().await;
        Ok(())
    }
}

/// What an operator has to correct is no reason to repeat.
fn without_session(error: SubmissionError) -> SendError {
    use SubmissionError::{Busy, Outbound, TlsRefused};
    match error {
        Busy | TlsRefused => SendError::Later,
        Outbound(OutboundError::Timeout | OutboundError::Unreachable | OutboundError::TooLarge) => {
            SendError::Later
        }
        other => SendError::Paused(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(settings: &[(&str, &str)]) -> Option<&'static str> {
        let mut all = Settings::from([
            ("MAIL_FROM".to_owned(), "care@provost.example".to_owned()),
            ("SMTP_HOST".to_owned(), "mail.example.net".to_owned()),
            ("SMTP_PORT".to_owned(), "465".to_owned()),
        ]);
        for (name, value) in settings {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        let keys = KeySource::given(std::collections::BTreeMap::default());
        Smtp::from_settings(&all, &keys, &Outbound::default()).err().map(|error| error.name)
    }

    #[test]
    fn a_setting_that_is_wrong_is_named() {
        assert_eq!(refused(&[]), None);
        assert_eq!(refused(&[("SMTP_PORT", "587")]), None);
        assert_eq!(refused(&[("SMTP_PORT", "25")]), Some("SMTP_PORT"));
        assert_eq!(refused(&[("SMTP_HOST", "")]), Some("SMTP_HOST"));
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert_eq!(refused(&[("SMTP_AUTHORITY", broken)]), Some("SMTP_AUTHORITY"));
    }
}
