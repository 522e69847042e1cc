//! Writes the user index: the changes of accounts as the stream of their table reports them, and on
//! a schedule compactions, which remove the bytes of erased users, and rebuilds.
//!
//! A record says only whose account changed. The account is read when the change is written, in the
//! order that `provost_search::protocol` requires, so records may come late, twice or in another
//! order.

use std::collections::BTreeSet;

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use lambda_runtime::Error;
use provost_app::App;
use provost_directory::{Accounts, Bucket};
use provost_domain::UserId;
use provost_jobs::Deadline;
use provost_search::protocol::{Compaction, ProtocolError, clean, commit, compact, rebuild};
use provost_store::enrollments;
use serde::Deserialize;
use tracing::{info, warn};

/// What the function is invoked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Work {
    /// A tick of a schedule.
    Scheduled(Tick),
    /// Changes of the accounts table.
    Changes(Event),
}

/// A tick of a schedule.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Tick {
    job: Job,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    /// Merge the changes into a new base, and remove what is no longer needed.
    Compact,
    /// Make the index of all users again.
    Rebuild,
}

/// Writes changes, or does what a schedule asks for.
///
/// # Errors
/// When a scheduled job fails; the schedule repeats it. Changes that could not be written are
/// reported in the response.
pub async fn handle(
    app: App,
    work: Work,
    _deadline: Deadline,
) -> Result<DynamoDbEventResponse, Error> {
    let mut response = DynamoDbEventResponse::default();
    match work {
        Work::Scheduled(Tick { job: Job::Compact }) => tidy(&app).await?,
        Work::Scheduled(Tick { job: Job::Rebuild }) => make(&app).await?,
        Work::Changes(event) => {
            if let Err(error) = write(&app, &event.records).await {
                warn!(cause = %error, "changes of accounts could not be indexed yet");
                let mut failure = DynamoDbBatchItemFailure::default();
                // The stream retries from this record on, which is the whole batch.
                failure.item_identifier =
                    event.records.first().and_then(|record| record.change.sequence_number.clone());
                response.batch_item_failures.push(failure);
            }
        }
    }
    Ok(response)
}

async fn write(app: &App, records: &[EventRecord]) -> Result<(), ProtocolError> {
    let users: Vec<UserId> =
        records.iter().filter_map(user).collect::<BTreeSet<_>>().into_iter().collect();
    if users.is_empty() {
        return Ok(());
    }
    let (bucket, accounts) = (Bucket(app.store()), Accounts(app.store()));
    let committed = match commit(&bucket, &accounts, &users, app.now(), || {
        app.id(std::convert::identity)
    })
    .await
    {
        // The first change of a deployment, or after an upgrade that reads no index of the release
        // before.
        Err(error) if needs_rebuild(&error) => return make(app).await,
        committed => committed?,
    };
    if committed.deltas >= Compaction::default().deltas {
        tidy(app).await?;
    }
    Ok(())
}

/// The user whose account or enrolment changed. The filter of the trigger passes only these; a manual replay
/// may not have that filter.
fn user(record: &EventRecord) -> Option<UserId> {
    let key = |name: &str| match record.change.keys.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    let sk = key("sk")?;
    if sk != "PRINCIPAL" && !sk.starts_with(enrollments::PREFIX) {
        return None;
    }
    key("pk")?.strip_prefix("USER#")?.parse().ok()
}

async fn tidy(app: &App) -> Result<(), ProtocolError> {
    let bucket = Bucket(app.store());
    let id = || app.id(std::convert::identity);
    match compact(&bucket, Compaction::default(), app.now(), id).await {
        Err(error) if needs_rebuild(&error) => return make(app).await,
        // Another compaction or a rebuild was faster.
        Ok(_) | Err(ProtocolError::Contention) => {}
        Err(error) => return Err(error),
    }
    let removed = clean(&bucket, app.now()).await?;
    info!(objects = removed.len(), "removed objects of the user index");
    Ok(())
}

/// Whether an error says that the index has to be made again, which the log then says too.
fn needs_rebuild(error: &ProtocolError) -> bool {
    if error.needs_rebuild() {
        info!(cause = %error, "the user index has to be made");
    }
    error.needs_rebuild()
}

async fn make(app: &App) -> Result<(), ProtocolError> {
    let (bucket, accounts) = (Bucket(app.store()), Accounts(app.store()));
    let made = rebuild(&bucket, &accounts, app.now(), || app.id(std::convert::identity)).await?;
    info!(users = made.users, "the user index was made again");
    Ok(())
}
