//! A write of one item that collides with a transaction: DynamoDB rejects it with
//! `TransactionConflictException`, which the SDK does not retry by itself.

use std::time::Duration;

use aws_sdk_dynamodb::operation::{
    delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError,
};
use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction},
};
use aws_smithy_types::retry::ErrorKind;

/// A transaction takes about ten milliseconds, so this delay is long enough before a retry.
const SOON: Duration = Duration::from_millis(30);

/// Makes the client retry a write that collided with a transaction.
#[derive(Debug)]
pub struct RetryTransactionConflict;

impl ClassifyRetry for RetryTransactionConflict {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let met = error.as_operation_error().is_some_and(|error| {
            error.downcast_ref().is_some_and(PutItemError::is_transaction_conflict_exception)
                || error
                    .downcast_ref()
                    .is_some_and(UpdateItemError::is_transaction_conflict_exception)
                || error
                    .downcast_ref()
                    .is_some_and(DeleteItemError::is_transaction_conflict_exception)
        });
        if met {
            RetryAction::retryable_error_with_explicit_delay(ErrorKind::TransientError, SOON)
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "RetryTransactionConflict"
    }
}
