//! A change that is decided and not yet written, and why there is none.

use provost_auth::{one_time_code::UnusableSecret, secret::NoRandomness};
use provost_domain::ApiError;
use provost_store::{Conflict, StoreError, Transaction};

/// A change that is decided and not yet written.
#[derive(Debug)]
pub struct Change<T> {
    /// The transaction, with the audit entry and the messages.
    pub tx: Transaction,
    /// The data after the change.
    pub after: T,
    /// What the conflicts of this change mean.
    pub conflicts: Conflicts,
}

impl<T> Change<T> {
    /// A change, whose conflicts mean what they mean in every operation.
    pub fn new(tx: Transaction, after: T) -> Self {
        Self { tx, after, conflicts: Conflicts::default() }
    }

    /// Refuses the operation with this error on this conflict.
    #[must_use]
    pub fn refused_on(mut self, conflict: Conflict, error: ApiError) -> Self {
        self.conflicts.0.push((conflict, Some(error)));
        self
    }

    /// Decides the operation again on these conflicts, with the data as it is by then.
    #[must_use]
    pub fn decided_again_on(mut self, conflicts: &[Conflict]) -> Self {
        self.conflicts.0.extend(conflicts.iter().map(|conflict| (*conflict, None)));
        self
    }

    /// The same change, for callers that need other data after it.
    pub fn map<U>(self, after: impl FnOnce(T) -> U) -> Change<U> {
        Change { tx: self.tx, after: after(self.after), conflicts: self.conflicts }
    }

    /// Writes the change and returns the data after it. For callers without a response to store.
    ///
    /// # Errors
    /// What a conflict means, or the store failed.
    pub async fn commit(self) -> Result<T, OperationError> {
        match self.tx.commit().await {
            Ok(()) => Ok(self.after),
            Err(error) => Err(self.conflicts.explain(error)),
        }
    }
}

/// What the conflicts of a change mean: an error for the caller, or none when the operation is
/// decided again.
#[derive(Debug, Default)]
pub struct Conflicts(Vec<(Conflict, Option<ApiError>)>);

impl Conflicts {
    /// The same meanings, with other errors for the caller, such as ones that name other fields.
    #[must_use]
    pub fn map_errors(self, map: impl Fn(ApiError) -> ApiError) -> Self {
        Self(self.0.into_iter().map(|(conflict, error)| (conflict, error.map(&map))).collect())
    }

    /// What an error of the transaction means.
    pub fn explain(self, error: StoreError) -> OperationError {
        let Some(conflict) = error.conflict() else { return OperationError::Store(error) };
        match self.0.into_iter().find(|(listed, _)| *listed == conflict) {
            Some((_, Some(refused))) => OperationError::Refused(refused),
            Some((_, None)) => OperationError::Collision,
            None => error.into(),
        }
    }
}

/// Why an operation made no change.
#[derive(Debug)]
pub enum OperationError {
    /// A rule forbids it; nothing has changed.
    Refused(ApiError),
    /// Another change came first: the operation is decided again, with the data as it is by then.
    Collision,
    /// The store failed.
    Store(StoreError),
}

impl From<ApiError> for OperationError {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> Self {
        match error.conflict() {
            Some(conflict) if is_decided_again(conflict) => Self::Collision,
            _ => Self::Store(error),
        }
    }
}

impl From<NoRandomness> for OperationError {
    fn from(error: NoRandomness) -> Self {
        Self::Store(StoreError::unavailable("making a secret", error))
    }
}

impl From<UnusableSecret> for OperationError {
    fn from(error: UnusableSecret) -> Self {
        Self::Store(StoreError::unavailable("a second factor", error))
    }
}

/// For callers that try again later, whatever the error is. A refusal has no place there: match it
/// first.
impl From<OperationError> for StoreError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => error,
            OperationError::Collision => Self::Conflict(Conflict::Collision),
            OperationError::Refused(error) => Self::unavailable("an operation", error.detail),
        }
    }
}

/// Whether a conflict means in every operation that the account, organisation or request has
/// changed. Every other conflict means something to the operation that wrote it.
const fn is_decided_again(conflict: Conflict) -> bool {
    matches!(
        conflict,
        Conflict::Collision
            | Conflict::Deletion
            | Conflict::Invitation
            | Conflict::Member
            | Conflict::Organisation
            | Conflict::Revision
            | Conflict::SecondFactor
    )
}
