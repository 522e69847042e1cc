//! The errors of the store.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A condition did not hold: another request was first, or the item is not as expected. Nothing
    /// was written.
    #[error("the condition `{label}` did not hold")]
    Conflict {
        /// The label that the write was given in its transaction.
        label: &'static str,
    },
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

    /// The label of the condition that did not hold.
    pub fn conflict(&self) -> Option<&'static str> {
        match self {
            Self::Conflict { label } => Some(label),
            _ => None,
        }
    }
}

/// The label of a change that collided with others on the same items repeatedly, and was not
/// written.
pub const COLLISION: &str = "collision";

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
