//! The counts of a request. It may be decided again after a collision, but is counted only once:
//! these counts outlive each decision.

use std::collections::BTreeMap;

use provost_app::App;
use provost_auth::password;
use provost_domain::{
    ApiError, Email, OrganisationId, Principal, Timestamp, UserId, address,
    lockout::{AddressLimit, Failures, Try, too_many},
    time::SECOND,
};
use provost_store::{Conflict, StoreError, Transaction, transaction::jitter};
use tokio::sync::{Mutex, MutexGuard};
use tracing::warn;

use crate::{
    access::AccessGrant,
    problem::{HandlerError, HandlerResult},
    request_context::RequestContext,
};

/// Maximum number of tries to write a count, or the outcome of an attempt, under concurrent writes.
const ATTEMPTS: u32 = 24;

/// What a limit counts for.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// The address of the client.
    Address,
    /// An account.
    Account(UserId),
    /// An organisation.
    Organisation(OrganisationId),
}

/// The counts of one request.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    limits: BTreeMap<(&'static str, String), Attempted>,
    guess: Option<Guess>,
    compared: Option<(Option<String>, bool)>,
}

/// One count.
#[derive(Debug, Clone)]
struct Attempted {
    limit: AddressLimit,
    at: Timestamp,
    verdict: Option<ApiError>,
}

/// A counted attempt at a password or code.
#[derive(Debug, Clone)]
struct Guess {
    /// The user; `None` for an address without an account.
    user: Option<UserId>,
    /// Whether the attempt was correct, so that it does not count as a failure.
    right: bool,
    /// Whether the outcome is saved.
    written: bool,
}

impl Counted {
    async fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().await
    }

    /// Completes open attempts when the request ends: a correct attempt that was not saved with a
    /// change is withdrawn, and a failed request removes its mark, since it is not replayed.
    pub(crate) async fn finish(&self, app: &App, mark: Option<&str>, refused: bool) {
        let mut memory = self.memory().await;
        if let Some(Guess { user: Some(user), right: true, written: false }) = memory.guess
            && let Err(error) = app.store().withdraw_try(user).await
        {
            warn!(user.id = %user, cause = %error, "a try of {user} stays counted");
        }
        let Some(mark) = mark.filter(|_| refused) else { return };
        for ((_, who), attempted) in std::mem::take(&mut memory.limits) {
            if attempted.verdict.is_none()
                && let Err(error) =
                    app.store().unmark(attempted.limit, &who, mark, attempted.at).await
            {
                warn!(limit = attempted.limit.name, cause = %error, "a mark could not be removed from a count");
            }
        }
    }
}

impl<G: AccessGrant> RequestContext<G> {
    /// The address of the caller, grouped for counting.
    pub fn address(&self) -> String {
        address::group(&self.ip())
    }

    fn key(&self, who: Who) -> String {
        match who {
            Who::Address => self.address(),
            Who::Account(user) => user.to_string(),
            Who::Organisation(organisation) => organisation.to_string(),
        }
    }

    /// Counts this request once, no matter how often it is decided.
    ///
    /// # Errors
    /// `RATE_LIMITED` beyond the limit.
    pub async fn count_once(&self, limit: AddressLimit, who: Who) -> HandlerResult<()> {
        match self.counts(limit, who).await? {
            Some(refused) => Err(refused.into()),
            None => Ok(()),
        }
    }

    /// Counts this request like [`Self::count_once`] and returns whether it is within the limit,
    /// for responses that must not reveal it.
    ///
    /// # Errors
    /// If the store is not available.
    pub async fn is_within(&self, limit: AddressLimit, who: Who) -> HandlerResult<bool> {
        Ok(self.counts(limit, who).await?.is_none())
    }

    async fn counts(&self, limit: AddressLimit, who: Who) -> HandlerResult<Option<ApiError>> {
        let key = (limit.name, self.key(who));
        let mut memory = self.counted.memory().await;
        if let Some(known) = memory.limits.get(&key) {
            return Ok(known.verdict.clone());
        }
        let now = self.now();
        #[expect(clippy::disallowed_methods, reason = "the one place that counts")]
        let verdict = self
            .app
            .store()
            .attempt_once(limit, &key.1, self.mark.as_deref(), now)
            .await?
            .map(too_many);
        memory.limits.insert(key, Attempted { limit, at: now, verdict: verdict.clone() });
        Ok(verdict)
    }

    /// Checks that the caller's address is not blocked, without counting.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub async fn check_not_blocked(&self, limit: AddressLimit) -> HandlerResult<()> {
        match self.app.store().blocked(limit, &self.address(), self.now()).await? {
            None => Ok(()),
            Some(millis) => Err(too_many(millis).into()),
        }
    }

    /// Counts an attempt at a password or code before it is checked. Returns the account as stored
    /// afterwards; later writes must start from it.
    ///
    /// The outcome must be saved by [`Self::end_try`], or with the change that it allows, followed
    /// by [`Self::try_is_written`]. An attempt without an outcome counts as wrong, unless
    /// [`Self::try_is_right`] was called.
    ///
    /// # Errors
    /// `RATE_LIMITED` while the account is locked.
    pub async fn count_try(&self, owner: Principal) -> HandlerResult<Principal> {
        let mut memory = self.counted.memory().await;
        if memory.guess.is_some() {
            return Ok(owner);
        }
        let (store, mut owner) = (self.app.store(), owner);
        for attempt in 1..=ATTEMPTS {
            if let Try::Counted(failures) = owner.failures.begin(self.now())?
                && is_written(store.count_try(&owner, failures).await)?
            {
                memory.guess =
                    Some(Guess { user: Some(owner.user_id), right: false, written: false });
                return Ok(Principal { failures, revision: owner.revision + 1, ..owner });
            }
            // Other attempts run at the same time, or use all that are left. Their outcomes decide.
            tokio::time::sleep(jitter(attempt)).await;
            owner = store.principal(owner.user_id).await?.ok_or(HandlerError::Collision)?;
        }
        Err(too_many(SECOND).into())
    }

    /// Saves the outcome of an attempt to the account as currently stored, with further changes.
    ///
    /// # Errors
    /// If the store is not available.
    pub async fn end_try(
        &self,
        owner: Principal,
        outcome: impl Fn(Principal) -> Principal + Send + Sync,
        besides: impl Fn(&mut Transaction) -> Result<(), StoreError> + Send + Sync,
    ) -> HandlerResult<()> {
        let (store, mut owner) = (self.app.store(), owner);
        for attempt in 1..=ATTEMPTS {
            let mut tx = self.app.transaction();
            tx.save_principal(&outcome(owner.clone()))?;
            besides(&mut tx)?;
            if is_written(tx.commit().await)? {
                self.try_is_written().await;
                return Ok(());
            }
            tokio::time::sleep(jitter(attempt)).await;
            owner = match store.principal(owner.user_id).await? {
                Some(owner) if !owner.is_being_erased() => owner,
                // Nothing is written to an account that is being erased.
                _ => return Ok(()),
            };
        }
        Err(HandlerError::Collision)
    }

    /// The same for an address without an account, given the failures that were read.
    ///
    /// # Errors
    /// `RATE_LIMITED` while the address is locked, as for an account.
    pub async fn count_unknown_login_try(
        &self,
        email: &Email,
        read: Failures,
    ) -> HandlerResult<Failures> {
        let mut memory = self.counted.memory().await;
        if memory.guess.is_some() {
            return Ok(read);
        }
        let (store, now, mut read) = (self.app.store(), self.now(), read);
        for attempt in 1..=ATTEMPTS {
            if let Try::Counted(failures) = read.begin(now)?
                && is_written(store.count_unknown_login_try(email, read, failures, now).await)?
            {
                memory.guess = Some(Guess { user: None, right: false, written: false });
                return Ok(failures);
            }
            tokio::time::sleep(jitter(attempt)).await;
            read = store.unknown_login(email, now).await?;
        }
        Err(too_many(SECOND).into())
    }

    /// Whether the password matches the hash. The result is cached in case the request is decided
    /// again.
    pub async fn is_password(&self, given: &str, hash: Option<&str>) -> bool {
        let mut memory = self.counted.memory().await;
        match &memory.compared {
            Some((known, same)) if known.as_deref() == hash => *same,
            _ => {
                let same = password::verify(given, hash);
                memory.compared = Some((hash.map(str::to_owned), same));
                same
            }
        }
    }

    /// Marks the attempt as correct: it does not count as a failure, however the request ends.
    pub async fn try_is_right(&self) {
        if let Some(guess) = &mut self.counted.memory().await.guess {
            guess.right = true;
        }
    }

    /// Marks the outcome of the attempt as saved.
    pub async fn try_is_written(&self) {
        if let Some(guess) = &mut self.counted.memory().await.guess {
            guess.written = true;
        }
    }
}

/// Whether a conditional write succeeded; it did not if another request was first.
fn is_written(result: Result<(), StoreError>) -> Result<bool, StoreError> {
    match result {
        Ok(()) => Ok(true),
        Err(error)
            if matches!(error.conflict(), Some(Conflict::Revision | Conflict::Collision)) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
