//! The context of a request: the grant of the access rule, and what a handler needs besides its
//! input.

mod counts;
pub mod limits;
pub mod present_password;

use std::{ops::Deref, sync::Arc};

use http::HeaderMap;
use provost_app::App;
use provost_auth::Presented;
use provost_domain::{
    ApiError, AuditId, Code, Timestamp, User,
    audit::{Actor, Changes, Entry, Origin, Resource},
    identity::Identity,
    text,
};
use provost_operations::{Change, Conflicts, Op};
use provost_store::{
    Conflict, Transaction,
    idempotency::{IdempotencyKey, Remembered},
};

pub(crate) use counts::Counted;

use crate::{
    access::{AccessGrant, Params},
    problem::{HandlerError, HandlerResult},
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
    /// The id of the API at its gateway.
    pub(crate) api_id: Option<String>,
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

    /// The id that the gateway gave this API; none if there is no gateway.
    pub fn api_id(&self) -> Option<&str> {
        self.api_id.as_deref()
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
    /// one.
    pub fn is_session_of(&self, owner: &User) -> bool {
        let Presented::Session { user, session } = self.presented else { return false };
        let live = owner.sessions.get(&session).is_some_and(|live| self.now() < live.expires_at);
        user == owner.user_id && live
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
        Err(stale(version, wanted))
    }

    /// Checks the version that a body names, for a client that sends back what it has read.
    ///
    /// # Errors
    /// `STALE_VERSION`.
    pub fn check_sent_version(&self, version: u64, sent: Option<u64>) -> Result<(), ApiError> {
        match sent.filter(|sent| *sent != version) {
            Some(sent) => Err(stale(version, &etag(sent))),
            None => Ok(()),
        }
    }

    /// A new transaction of this request; its messages carry the request's id.
    pub fn transaction(&self) -> Transaction {
        self.app.transaction()
    }

    /// Whom the audit log names.
    fn actor(&self) -> Actor {
        self.grant.identity().map_or(Actor::Anonymous, Identity::actor)
    }

    /// This request as the origin of an operation, for this reason.
    pub fn op(&self, reason: Option<String>) -> Op<'_> {
        let caller = self.grant.caller();
        Op {
            app: &self.app,
            actor: self.actor(),
            account: caller.map(|caller| &caller.user),
            origin: self.origin.clone(),
            reason,
            now: self.now(),
        }
    }

    /// An audit entry about a resource, by this caller.
    pub fn entry(&self, action: &'static str, resource: Resource) -> Entry {
        Entry {
            id: self.app.id(AuditId::new),
            at: self.now(),
            actor: self.actor(),
            action,
            resource,
            success: true,
            reason: None,
            changes: Changes::new(),
            origin: self.origin.clone(),
        }
    }

    /// Commits a change and returns the response to it. If the request has an `Idempotency-Key`,
    /// the response is stored in the same transaction.
    ///
    /// # Errors
    /// What a conflict of the change means, or the store failed. If an identical request was
    /// faster, its response is returned.
    pub async fn complete<T, R: IntoReply>(
        &self,
        change: Change<T>,
        answer: impl FnOnce(T) -> R,
    ) -> HandlerResult<R> {
        let answer = answer(change.after);
        self.write(change.tx, &answer, change.conflicts).await?;
        Ok(answer)
    }

    /// Commits a transaction like [`Self::complete`], for a handler that decides itself what a
    /// conflict means.
    ///
    /// # Errors
    /// The error of the transaction. If an identical request was faster, its response is returned.
    pub async fn commit<R: IntoReply>(&self, tx: Transaction, answer: &R) -> HandlerResult<()> {
        self.write(tx, answer, Conflicts::default()).await
    }

    async fn write<R: IntoReply>(
        &self,
        mut tx: Transaction,
        answer: &R,
        conflicts: Conflicts,
    ) -> HandlerResult<()> {
        if let Some(key) = &self.idempotency {
            let answered = answer.reply().remembered().ok_or_else(|| HandlerError::Failed {
                action: "remembering the answer",
                cause: "only a text can be replayed".into(),
            })?;
            tx.remember(key, &answered, self.now())?;
        }
        let written = tx.written().clone();
        let Err(error) = tx.commit().await else {
            self.counted.memory().await.written.extend(written);
            return Ok(());
        };
        let conflict = error.conflict();
        let explained = HandlerError::from(conflicts.explain(error));
        let (Some(conflict), Some(key)) = (conflict, &self.idempotency) else {
            return Err(explained);
        };
        // Whichever condition failed first, a faster identical request explains it; without one,
        // the original error is returned.
        match self.app.replayed(key).await? {
            HandlerError::Collision if conflict != Conflict::IdempotencyKey => Err(explained),
            replay => Err(replay),
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

/// The error for a change of a version that is no longer the current one.
fn stale(version: u64, wanted: &str) -> ApiError {
    ApiError::new(
        Code::StaleVersion,
        "The resource has changed since you read it. Read it again and repeat the change.",
    )
    .with("version", version)
    .with("ifMatch", wanted)
}
