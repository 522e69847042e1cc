//! The counts of a request. It may be decided again after a collision, but is counted only once:
//! these counts outlive each decision.

use std::collections::BTreeMap;

use provost_app::App;
use provost_domain::{
    ApiError, Timestamp, UserId, consistency::ConsistencyToken, lockout::AddressLimit,
};
use tokio::sync::{Mutex, MutexGuard};
use tracing::warn;

/// The counts of one request.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<Memory>);

#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) limits: BTreeMap<(&'static str, String), Attempted>,
    pub(super) guess: Option<Guess>,
    pub(super) compared: Option<(Option<String>, bool)>,
    /// What the request changed.
    pub(super) written: ConsistencyToken,
}

/// One count.
#[derive(Debug, Clone)]
pub(super) struct Attempted {
    pub(super) limit: AddressLimit,
    pub(super) at: Timestamp,
    pub(super) verdict: Option<ApiError>,
}

/// A counted attempt at a password or code.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    /// The user; `None` for an address without an account.
    pub(super) user: Option<UserId>,
    /// Whether the attempt was correct, so that it does not count as a failure.
    pub(super) right: bool,
    /// Whether the outcome is saved.
    pub(super) written: bool,
}

impl Counted {
    pub(super) async fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().await
    }

    /// The users that the request changed.
    pub(crate) async fn written(&self) -> ConsistencyToken {
        self.memory().await.written.clone()
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
