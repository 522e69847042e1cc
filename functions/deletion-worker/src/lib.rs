//! Erases people: walks each deletion request that has fallen due through a fixed list of steps to
//! its signed receipt.
//!
//! `steps.rs` is the list; a new kind of thing that belongs to a person gets its step there and
//! nowhere else.

pub mod fence;
pub mod run;
pub mod steps;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use provost_app::App;
use provost_domain::message::{Message, Queue};
use provost_jobs::{Deadline, Outcome, batch};

/// Works through a batch of messages.
///
/// # Errors
/// Never; each message fails by itself.
pub async fn handle(
    app: App,
    event: SqsEvent,
    deadline: Deadline,
) -> Result<SqsBatchResponse, Error> {
    let one = async |message| match message {
        // Boxed: the whole run inside this one would be a type too deep for the compiler.
        Message::Deletion { request } => Box::pin(run::erase(&app, request, deadline)).await,
        _ => Outcome::GiveUp("the message is not for this worker".to_owned()),
    };
    Ok(batch(app.store(), Queue::Deletion, event, one).await)
}
