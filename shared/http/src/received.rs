//! A request as received, and what deciding it returns.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use provost_app::App;
use provost_auth::Presented;
use provost_domain::{
    ApiError, Code,
    audit::{Actor, Origin},
};

use crate::{access::Params, problem::HandlerError, reply::Reply, request_context::Counted};

pub(crate) type Outcome =
    Pin<Box<dyn Future<Output = Result<Reply, (HandlerError, Option<Box<Refusal>>)>> + Send>>;
pub(crate) type Run = Arc<dyn Fn(App, Arc<Received>) -> Outcome + Send + Sync>;

/// A refused request, for the audit log.
pub(crate) struct Refusal {
    /// Who sent it.
    pub(crate) actor: Actor,
}

/// A request as received, before anything is verified.
pub(crate) struct Received {
    pub(crate) origin: Origin,
    pub(crate) parts: Parts,
    pub(crate) params: Params,
    pub(crate) presented: Presented,
    pub(crate) counted: Arc<Counted>,
    pub(crate) mark: OnceLock<String>,
    body: tokio::sync::Mutex<BodyState>,
    /// Whether the route is a page for browsers.
    pub(crate) page: bool,
    /// Whether the request of a staff member who acts as a user is in the audit log.
    pub(crate) is_audited: AtomicBool,
}

enum BodyState {
    Unread(axum::body::Body),
    Read(Bytes),
    Gone,
}

impl Received {
    /// A request whose body is not read yet.
    pub(crate) fn new(
        origin: Origin,
        parts: Parts,
        body: axum::body::Body,
        params: Params,
        presented: Presented,
        page: bool,
    ) -> Self {
        Self {
            origin,
            parts,
            params,
            presented,
            counted: Arc::default(),
            mark: OnceLock::new(),
            body: tokio::sync::Mutex::new(BodyState::Unread(body)),
            page,
            is_audited: AtomicBool::new(false),
        }
    }

    /// The body, read once however often the request is decided. `if_larger` says what to do with a
    /// body beyond `most` bytes.
    ///
    /// # Errors
    /// `TOO_LARGE` beyond `most` bytes.
    pub(crate) async fn body(&self, most: usize, if_larger: &str) -> Result<Bytes, ApiError> {
        let mut state = self.body.lock().await;
        match std::mem::replace(&mut *state, BodyState::Gone) {
            BodyState::Read(bytes) => {
                *state = BodyState::Read(bytes.clone());
                Ok(bytes)
            }
            BodyState::Unread(body) => {
                let bytes = Limited::new(body, most)
                    .collect()
                    .await
                    .map_err(|_| {
                        let most = most >> 20;
                        let text =
                            format!("The body is too large. Send at most {most} MiB. {if_larger}");
                        ApiError::new(Code::TooLarge, text.trim_end().to_owned())
                    })?
                    .to_bytes();
                *state = BodyState::Read(bytes.clone());
                Ok(bytes)
            }
            BodyState::Gone => Err(ApiError::new(
                Code::Unavailable,
                "The body could not be read. Send the request again.",
            )),
        }
    }
}
