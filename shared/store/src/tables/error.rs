//! The errors of the store.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::Conflict;

/// A store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A condition did not hold: another request was first, or the item is not as expected. Nothing
    /// was written.
    #[error("the condition {0:?} did not hold")]
    Conflict(Conflict),
    /// The store is throttled, unreachable or failing; a retry may work.
    #[error("{action} could not be done")]
    Unavailable {
        /// The action that failed.
        action: &'static str,
        /// The cause, for the log.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An item does not have the format that this version knows.
    #[error("an item of {entity} could not be read")]
    Unreadable {
        /// The kind of item.
        entity: &'static str,
        /// The cause, for the log.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Wraps a failed call.
    pub fn unavailable(
        action: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { action, cause: cause.into() }
    }

    /// Wraps an item that could not be read.
    pub fn unreadable(
        entity: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable { entity, cause: cause.into() }
    }

    /// The condition that did not hold.
    pub fn conflict(&self) -> Option<Conflict> {
        match self {
            Self::Conflict(conflict) => Some(*conflict),
            _ => None,
        }
    }
}

/// Whether a call collided with a transaction that was writing the same item.
pub fn is_collision<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
        == Some("TransactionConflictException")
}

/// Whether a call failed because its condition did not hold.
pub fn is_condition<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
        == Some("ConditionalCheckFailedException")
}
