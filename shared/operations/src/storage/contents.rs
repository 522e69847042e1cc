//! Whether a bucket is empty. Removing or moving one that is not would lose its files to exports and
//! deletions.

use std::time::Duration;

use provost_domain::{ApiError, storage::Bucket};
use tokio::time::timeout;

use crate::{Op, OperationError};

/// How long the store may take, attempts included.
const ANSWER: Duration = Duration::from_secs(9);

/// What is in a bucket.
pub(super) enum Contents {
    /// Nothing.
    Empty,
    /// Objects.
    Objects {
        /// Their number, at most a page.
        number: usize,
        /// Whether there are more.
        more: bool,
    },
    /// The store does not say, or there are no credentials to ask it with.
    Unknown,
}

impl Contents {
    /// Asks the store of a bucket.
    pub(super) async fn of(op: &Op<'_>, bucket: &Bucket) -> Result<Self, OperationError> {
        if bucket.credentials.is_none() {
            return Ok(Self::Unknown);
        }
        let opened = op.app.open_bucket(bucket).await?;
        Ok(match timeout(ANSWER, opened.store.count_objects(&opened.bucket)).await {
            Ok(Ok((0, false))) => Self::Empty,
            Ok(Ok((number, more))) => Self::Objects { number, more },
            Ok(Err(_)) | Err(_) => Self::Unknown,
        })
    }
}

/// The error for a bucket that holds objects.
pub(super) fn not_empty(number: usize, more: bool) -> ApiError {
    let count = if more { format!("at least {number}") } else { number.to_string() };
    let what = if number == 1 { "object" } else { "objects" };
    ApiError::invalid_action(
        format!("This bucket holds {count} {what}. Remove them first; files would be lost to exports and deletions."),
        &["remove-objects"],
    )
    .with("objects", number)
}

/// The error for a bucket that may hold objects.
pub(super) fn unknown_contents(bucket: &Bucket) -> ApiError {
    if bucket.credentials.is_none() {
        return ApiError::invalid_action(
            "Without credentials, the store does not say whether the bucket is empty. Enter them, then try again.",
            &["enter-credentials"],
        );
    }
    ApiError::invalid_action(
        "The store does not say whether the bucket is empty. Test the bucket and correct its configuration, then try again.",
        &["test"],
    )
}
