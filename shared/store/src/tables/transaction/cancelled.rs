//! Why a transaction was cancelled.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};

use crate::Conflict;

pub(super) enum Cancelled {
    Condition(Conflict),
    /// Another transaction or too little throughput prevented it; the positions of the throttled
    /// writes.
    Collision(Vec<usize>),
}

/// Whether a code says that a partition, table or index had no throughput left.
pub(super) fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingError"
            | "ThrottlingException"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
    )
}

pub(super) fn cancelled<R>(
    error: &SdkError<TransactWriteItemsError, R>,
    conflicts: &[Conflict],
) -> Option<Cancelled> {
    let service = error.as_service_error()?;
    match service.code() {
        Some("TransactionInProgressException") => return Some(Cancelled::Collision(Vec::new())),
        Some(code) if is_throttled(code) => {
            return Some(Cancelled::Collision((0..conflicts.len()).collect()));
        }
        _ => {}
    }
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = service else {
        return None;
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap_or("None"))
        .collect();
    if let Some(position) = codes.iter().position(|code| *code == "ConditionalCheckFailed") {
        return conflicts.get(position).copied().map(Cancelled::Condition);
    }
    let throttled: Vec<_> = codes
        .iter()
        .enumerate()
        .filter(|(_, code)| is_throttled(code))
        .map(|(position, _)| position)
        .collect();
    (!throttled.is_empty() || codes.contains(&"TransactionConflict"))
        .then_some(Cancelled::Collision(throttled))
}
