//! The worker `export-worker`: writes a user's data into one encrypted archive, one message for
//! each job.
//!
//! A message may be delivered twice, late, or while another run is active. Each run claims the job
//! under a higher fencing token and first aborts the upload of an earlier run. A run whose token is
//! no longer the highest finds out at its next write, and stops. An archive becomes visible only
//! when the job is marked as complete.

// The account has more fields than the macro `json!` takes by default.
#![recursion_limit = "256"]

mod categories;
mod run;
pub mod survey;
mod writer;

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
    let run = |message, request| {
        let app = app.for_request(request);
        async move {
            match message {
                // On the heap: the state of a run is large, and a batch processes one at a time.
                Message::Export { job } => Box::pin(run::run(&app, job, deadline)).await,
                _ => Outcome::GiveUp("the message belongs on another queue".to_owned()),
            }
        }
    };
    Ok(batch(app.store(), Queue::Export, event, || app.id(RequestId::new), run).await)
}
