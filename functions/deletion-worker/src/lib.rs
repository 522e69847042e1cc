//! Erases accounts: carries out each due deletion request in a fixed list of steps, up to its
//! signed receipt.
//!
//! `steps.rs` has the list; a new kind of user data needs a step there and nowhere else.

pub mod erase;
pub mod fence;
pub mod run;
pub mod steps;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use provost_app::App;
use provost_domain::{
    RequestId,
    message::{Message, Queue},
};
use provost_jobs::{Deadline, Outcome, batch};

/// Processes a batch of messages.
///
/// # Errors
/// Never; each message fails on its own.
pub async fn handle(
    app: App,
    event: SqsEvent,
    deadline: Deadline,
) -> Result<SqsBatchResponse, Error> {
    let run = |message, id| {
        let app = app.for_request(id);
        async move {
            match message {
                // Boxed: the type of the whole run, nested in this one, is too deep for the
                // compiler.
                Message::Deletion { request } => {
                    Box::pin(erase::erase(&app, request, deadline)).await
                }
                _ => Outcome::GiveUp("the message is not for this worker".to_owned()),
            }
        }
    };
    Ok(batch(app.store(), Queue::Deletion, event, || app.id(RequestId::new), run).await)
}
