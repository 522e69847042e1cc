//! Limits of a request: each counts it once, no matter how often it is decided.

use provost_auth::password;
use provost_domain::{
    ApiError, Email, OrganisationId, User, UserId, address,
    identity::Identity,
    lockout::{AddressLimit, Failures, too_many},
};
use provost_operations::session;
use provost_store::{StoreError, Transaction};

use super::{
    RequestContext,
    counts::{Attempted, Guess},
};
use crate::{access::AccessGrant, problem::HandlerResult};

/// What a limit counts for.
#[derive(Debug, Clone, Copy)]
pub enum LimitKey {
    /// The address of the client.
    Address,
    /// An account.
    Account(UserId),
    /// The caller: an account, or another service by its name. Without one, the address.
    Caller,
    /// An organisation.
    Organisation(OrganisationId),
}

impl<G: AccessGrant> RequestContext<G> {
    /// The address of the caller, grouped for counting.
    pub fn address(&self) -> String {
        address::group(&self.ip())
    }

    fn key(&self, who: LimitKey) -> String {
        match who {
            LimitKey::Address => self.address(),
            LimitKey::Caller => match self.grant.identity() {
                Some(Identity::System { key }) => format!("service {}", key.name),
                Some(Identity::User(user)) => user.user_id.to_string(),
                Some(Identity::Impersonated { by, .. }) => by.actor.user.to_string(),
                None => self.address(),
            },
            LimitKey::Account(user) => user.to_string(),
            LimitKey::Organisation(organisation) => organisation.to_string(),
        }
    }

    /// Counts this request once, no matter how often it is decided.
    ///
    /// # Errors
    /// `RATE_LIMITED` beyond the limit.
    pub async fn count_once(&self, limit: AddressLimit, who: LimitKey) -> HandlerResult<()> {
        self.count_several(limit, who, 1).await
    }

    /// Counts this request once, as `amount` uses of a limit that is not a sliding one.
    ///
    /// # Errors
    /// `RATE_LIMITED` beyond the limit; then it does not count.
    pub async fn count_several(
        &self,
        limit: AddressLimit,
        who: LimitKey,
        amount: u32,
    ) -> HandlerResult<()> {
        match self.counts(limit, who, amount).await? {
            Some(refused) => Err(refused.into()),
            None => Ok(()),
        }
    }

    /// Counts this request like [`Self::count_once`] and returns whether it is within the limit,
    /// for responses that must not reveal it.
    ///
    /// # Errors
    /// If the store is not available.
    pub async fn is_within(&self, limit: AddressLimit, who: LimitKey) -> HandlerResult<bool> {
        Ok(self.counts(limit, who, 1).await?.is_none())
    }

    async fn counts(
        &self,
        limit: AddressLimit,
        who: LimitKey,
        amount: u32,
    ) -> HandlerResult<Option<ApiError>> {
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
            .attempt_several(limit, &key.1, amount, self.mark.as_deref(), now)
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
    pub async fn count_try(&self, owner: User) -> HandlerResult<User> {
        let mut memory = self.counted.memory().await;
        if memory.guess.is_some() {
            return Ok(owner);
        }
        let owner = session::begin_attempt(&self.app, owner).await?;
        memory.guess = Some(Guess { user: Some(owner.user_id), right: false, written: false });
        Ok(owner)
    }

    /// Saves the outcome of an attempt to the account as currently stored, with further changes.
    ///
    /// # Errors
    /// If the store is not available.
    pub async fn end_try(
        &self,
        owner: User,
        outcome: impl Fn(User) -> User + Send + Sync,
        besides: impl Fn(&mut Transaction) -> Result<(), StoreError> + Send + Sync,
    ) -> HandlerResult<()> {
        if session::end_attempt(&self.app, owner, outcome, besides).await? {
            self.try_is_written().await;
        }
        Ok(())
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
        let failures = session::begin_unknown_attempt(&self.app, email, read).await?;
        memory.guess = Some(Guess { user: None, right: false, written: false });
        Ok(failures)
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
