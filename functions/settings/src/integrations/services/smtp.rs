//! A mail server: its greeting, its extensions, TLS, and the sign-in. No mail is sent.

use std::collections::BTreeMap;

use provost_domain::ApiError;
use provost_store::outbound::{
    Outbound, OutboundError,
    submission::{MailServer, Submission, SubmissionError},
};

use super::super::{optional, required};

/// A mail server, with the account to sign in with. It holds a secret, so it has no debug text.
pub struct Smtp {
    server: MailServer,
    account: Option<(String, String)>,
}

/// Ports of mail submission, and of relays.
const PORTS: [u16; 4] = [25, 465, 587, 2525];

impl Smtp {
    pub fn new(credentials: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let host = required(credentials, "host")?.to_ascii_lowercase();
        let port: Option<u16> = required(credentials, "port")?.parse().ok();
        let port = port.filter(|port| PORTS.contains(port)).ok_or_else(|| {
            ApiError::field(
                "credentials.port",
                "not_allowed",
                "This port is not allowed. Use 465, 587, 2525 or 25.",
            )
        })?;
        let implicit_tls = match optional(credentials, "secure")? {
            Some("true") => true,
            Some("false") => false,
            None => port == 465,
            Some(_) => {
                return Err(ApiError::field(
                    "credentials.secure",
                    "invalid",
                    "This value is not valid. Use true or false.",
                ));
            }
        };
        let account = match (optional(credentials, "user")?, optional(credentials, "password")?) {
            (Some(user), Some(password)) => Some((user.to_owned(), password.to_owned())),
            (None, None) => None,
            (user, _) => {
                let missing = if user.is_none() { "user" } else { "password" };
                required(credentials, missing)?;
                None
            }
        };
        Ok(Self { server: MailServer { implicit_tls, ..MailServer::new(host, port) }, account })
    }

    pub async fn run(self, outbound: &Outbound) -> Result<(bool, String), OutboundError> {
        let account = self.account.as_ref().map(|(user, pass)| (user.as_str(), pass.as_str()));
        match Submission::open(outbound, &self.server, "provost.invalid", account).await {
            Ok(session) => {
                session.close().await;
                let message = match account {
                    Some(_) => "The server accepts the sign-in.",
                    None => "The server answers over TLS. No sign-in was tested.",
                };
                Ok((true, message.to_owned()))
            }
            Err(SubmissionError::Outbound(error)) => Err(error),
            Err(error) => Ok((false, error.to_string())),
        }
    }
}
