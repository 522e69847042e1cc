//! The context of a request: the grant of the access rule, and what a handler needs besides its
//! input.

use std::{ops::Deref, sync::Arc};

use http::HeaderMap;
use provost_app::App;
use provost_auth::Presented;
use provost_domain::{
    ApiError, AuditId, Code, Principal, Timestamp,
    audit::{Actor, Changes, Entry, Origin, Resource},
    text,
};
use provost_operations::Op;
use provost_store::{
    Conflict, Transaction,
    idempotency::{IdempotencyKey, Remembered},
};

use crate::{
    access::{AccessGrant, Params},
    counted::Counted,
    problem::HandlerError,
    reply::{IntoReply, etag},
};

/// A request that passed its access rule. It dereferences to the grant: `ctx.caller`, `ctx.target`.
#[derive(Debug)]
pub struct RequestContext<G> {
    /// The application.
    pub app: App,
    /// Where the request came from.
    pub origin: Origin,
    /// The request's headers.
    pub headers: HeaderMap,
    pub(crate) grant: G,
    pub(crate) params: Params,
    pub(crate) idempotency: Option<IdempotencyKey>,
    pub(crate) query: String,
    pub(crate) presented: Presented,
    /// The counts of this request, kept when it is decided again.
    pub(crate) counted: Arc<Counted>,
    /// The mark of this request in the counts of rate limits, if it has an `Idempotency-Key`.
    pub(crate) mark: Option<String>,
}

impl<G> Deref for RequestContext<G> {
    type Target = G;
    fn deref(&self) -> &G {
        &self.grant
    }
}

impl<G: AccessGrant> RequestContext<G> {
    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// A path parameter as text.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name)
    }

    /// A path parameter as an identifier.
    ///
    /// # Errors
    /// `NOT_FOUND` if it is not a valid identifier: such a resource cannot exist.
    pub fn id<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<T, ApiError> {
        self.params.get(name).parse().map_err(|_| ApiError::missing(what))
    }

    /// The address of the caller, as seen by the gateway.
    pub fn ip(&self) -> String {
        self.origin.ip.clone().unwrap_or_default()
    }

    /// The country of the caller, as reported by the content delivery network; none if the
    /// deployment is not configured to have one, since then anyone could send the header.
    pub fn country(&self) -> Option<provost_domain::Country> {
        self.headers.get(self.app.country_header()?)?.to_str().ok()?.parse().ok()
    }

    /// Whether the request has an active session of this account, on a route that does not require
    /// one. As for every change, a cookie is only accepted with the portal's header.
    pub fn is_session_of(&self, owner: &Principal) -> bool {
        let Presented::Session { user, session, cookie } = self.presented else { return false };
        let live = owner.sessions.get(&session).is_some_and(|live| self.now() < live.expires_at);
        user == owner.user_id
            && live
            && (!cookie || self.headers.contains_key(crate::dispatch::PORTAL))
    }

    /// The caller's user agent, at most 512 characters.
    pub fn user_agent(&self) -> String {
        self.origin.user_agent.clone().unwrap_or_default()
    }

    /// The reason for a change, from the body or the header `X-Reason`.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` if the reason is not valid.
    pub fn reason(&self, given: Option<&str>) -> Result<Option<String>, ApiError> {
        let header =
            self.headers.get("x-reason").map(|value| std::str::from_utf8(value.as_bytes()));
        let header = header.transpose().map_err(|_| {
            ApiError::field(
                "X-Reason",
                "invalid",
                "The header X-Reason is not valid. Send it as UTF-8.",
            )
        })?;
        given.or(header).map(text::reason).transpose()
    }

    /// The reason for a change that requires one.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` when there is none.
    pub fn required_reason(&self, given: Option<&str>) -> Result<String, ApiError> {
        self.reason(given)?.ok_or_else(|| {
            ApiError::field(
                "reason",
                "required",
                "A reason is required. Give it in `reason` or in the header X-Reason.",
            )
        })
    }

    /// Checks `If-Match`.
    ///
    /// # Errors
    /// `STALE_VERSION` if the caller read another version.
    pub fn check_version(&self, version: u64) -> Result<(), ApiError> {
        let Some(wanted) =
            self.headers.get(http::header::IF_MATCH).and_then(|value| value.to_str().ok())
        else {
            return Ok(());
        };
        let current = etag(version);
        if wanted.split(',').any(|tag| matches!(tag.trim(), t if t == "*" || t == current)) {
            return Ok(());
        }
        Err(ApiError::new(
            Code::StaleVersion,
            "The resource has changed since you read it. Read it again and repeat the change.",
        )
        .with("version", version))
    }

    /// This request as the origin of an operation, for this reason.
    pub fn op(&self, reason: Option<String>) -> Op<'_> {
        let caller = self.grant.caller();
        Op {
            app: &self.app,
            actor: caller.map_or(Actor::Anonymous, provost_auth::Caller::actor),
            account: caller.map(|caller| &caller.principal),
            origin: self.origin.clone(),
            reason,
            now: self.now(),
        }
    }

    /// An audit entry about a resource, by this caller.
    pub fn entry(&self, action: &'static str, resource: Resource) -> Entry {
        let actor = self.grant.caller().map_or(Actor::Anonymous, provost_auth::Caller::actor);
        Entry {
            id: self.app.id(AuditId::new),
            at: self.now(),
            actor,
            action,
            resource,
            success: true,
            reason: None,
            changes: Changes::new(),
            origin: self.origin.clone(),
        }
    }

    /// Commits the change and, if the request has an `Idempotency-Key`, stores the response with
    /// it.
    ///
    /// # Errors
    /// The error of the transaction. If an identical request was faster, its response is returned.
    pub async fn commit<R: IntoReply>(
        &self,
        mut tx: Transaction,
        answer: &R,
    ) -> Result<(), HandlerError> {
        if let Some(key) = &self.idempotency {
            tx.remember(key, &answer.reply().remembered(), self.now())?;
        }
        match tx.commit().await {
            Ok(()) => Ok(()),
            Err(error) => {
                let (Some(label), Some(key)) = (error.conflict(), &self.idempotency) else {
                    return Err(error.into());
                };
                // Whichever condition failed first, a faster identical request explains it; without
                // one, the original error is returned.
                match self.app.replayed(key).await? {
                    HandlerError::Collision if label != Conflict::IdempotencyKey => {
                        Err(error.into())
                    }
                    explained => Err(explained),
                }
            }
        }
    }
}

/// The replay of an idempotency key.
pub(crate) trait Replays {
    /// The error that carries the earlier response.
    fn replayed(
        &self,
        key: &IdempotencyKey,
    ) -> impl Future<Output = Result<HandlerError, HandlerError>> + Send;
}

impl Replays for App {
    async fn replayed(&self, key: &IdempotencyKey) -> Result<HandlerError, HandlerError> {
        Ok(match self.store().remembered(key, self.now()).await? {
            Remembered::Answered(answered) => HandlerError::Replay(Box::new(answered)),
            Remembered::OtherBody => reused().into(),
            Remembered::Nothing => HandlerError::Collision,
        })
    }
}

/// The error for a key that belongs to another request.
pub(crate) fn reused() -> ApiError {
    ApiError::new(
        Code::IdempotencyKeyReused,
        "This Idempotency-Key was used for a request with a different body. Use a new key for a new request.",
    )
}
