//! Sends the messages of changes: each message that a transaction wrote to the outbox goes to its
//! queue within a second of the commit.

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use lambda_runtime::Error;
use provost_app::App;
use provost_jobs::{Deadline, outbox::deliver};
use provost_store::{Store, StoreError};
use tracing::warn;

/// Sends messages in the order of the changes. The stream retries from the first reported record,
/// so nothing after it is sent yet: those messages would arrive twice.
///
/// # Errors
/// Never; a record that could not be sent is reported in the response by its sequence number.
pub async fn handle(
    app: App,
    event: Event,
    _deadline: Deadline,
) -> Result<DynamoDbEventResponse, Error> {
    let mut response = DynamoDbEventResponse::default();
    for record in event.records {
        let sequence = record.change.sequence_number.clone();
        if let Err(error) = send(&app, record).await {
            let number = sequence.clone().unwrap_or_default();
            warn!(sequence = number, cause = %error, "the change {number} could not be sent yet");
            let mut failure = DynamoDbBatchItemFailure::default();
            // Without a number, Lambda treats the whole batch as failed, which is correct for such
            // a record.
            failure.item_identifier = sequence;
            response.batch_item_failures.push(failure);
            break;
        }
    }
    Ok(response)
}

async fn send(app: &App, record: EventRecord) -> Result<(), StoreError> {
    // The trigger's filter passes only inserts; a manual replay may not have that filter.
    if record.event_name != "INSERT" || !is_message(&record) {
        return Ok(());
    }
    let waiting = Store::read_waiting(record.change.new_image.into())?;
    // An unknown kind is no error: reporting it would hold up the messages after it.
    deliver(app.store(), &waiting).await
}

fn is_message(record: &EventRecord) -> bool {
    let pk: Option<String> = record.change.keys.inner().get("pk").and_then(|value| match value {
        serde_dynamo::AttributeValue::S(text) => Some(text.clone()),
        _ => None,
    });
    pk.is_some_and(|pk| pk.starts_with(provost_store::outbox::PREFIX))
}
