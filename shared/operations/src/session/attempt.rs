//! Attempts at a password or code. An attempt is counted before anything is compared, and gets its
//! outcome afterwards, so that concurrent attempts have no advantage over sequential ones.

use provost_app::App;
use provost_domain::{
    Email, User,
    lockout::{Failures, Try, too_many},
    time::SECOND,
};
use provost_store::{Conflict, StoreError, Transaction, transaction::jitter};

use crate::OperationError;

/// Maximum number of tries to write a count, or the outcome of an attempt, under concurrent writes.
const MAX_TRIES: u32 = 24;

/// Counts an attempt at an account. Returns the account as stored afterwards; later writes must
/// start from it.
///
/// # Errors
/// `RATE_LIMITED` while the account is locked, or too many attempts run at the same time.
pub async fn begin_attempt(app: &App, owner: User) -> Result<User, OperationError> {
    let (store, mut owner) = (app.store(), owner);
    for attempt in 1..=MAX_TRIES {
        if let Try::Counted(failures) = owner.failures.begin(app.now())?
            && is_written(store.count_try(&owner, failures).await)?
        {
            return Ok(User { failures, revision: owner.revision + 1, ..owner });
        }
        // Other attempts run at the same time, or use all that are left. Their outcomes decide.
        tokio::time::sleep(jitter(attempt)).await;
        owner = store.user(owner.user_id).await?.ok_or(OperationError::Collision)?;
    }
    Err(too_many(SECOND).into())
}

/// The same for an address without an account, given the failures that were read. Returns the
/// failures as stored afterwards.
///
/// # Errors
/// As [`begin_attempt`].
pub async fn begin_unknown_attempt(
    app: &App,
    email: &Email,
    read: Failures,
) -> Result<Failures, OperationError> {
    let (store, now, mut read) = (app.store(), app.now(), read);
    for attempt in 1..=MAX_TRIES {
        if let Try::Counted(failures) = read.begin(now)?
            && is_written(store.count_unknown_login_try(email, read, failures, now).await)?
        {
            return Ok(failures);
        }
        tokio::time::sleep(jitter(attempt)).await;
        read = store.unknown_login(email, now).await?;
    }
    Err(too_many(SECOND).into())
}

/// Saves the outcome of an attempt to the account as currently stored, with further changes. Returns
/// whether it is saved: nothing is written to an account that is being erased.
///
/// # Errors
/// The store failed, or too many attempts end at the same time.
pub async fn end_attempt(
    app: &App,
    owner: User,
    outcome: impl Fn(User) -> User + Send + Sync,
    besides: impl Fn(&mut Transaction) -> Result<(), StoreError> + Send + Sync,
) -> Result<bool, OperationError> {
    let (store, mut owner) = (app.store(), owner);
    for attempt in 1..=MAX_TRIES {
        let mut tx = app.transaction();
        tx.save_user(&outcome(owner.clone()))?;
        besides(&mut tx)?;
        if is_written(tx.commit().await)? {
            return Ok(true);
        }
        tokio::time::sleep(jitter(attempt)).await;
        owner = match store.user(owner.user_id).await? {
            Some(owner) if !owner.is_being_erased() => owner,
            _ => return Ok(false),
        };
    }
    Err(OperationError::Collision)
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
