//! The worker `export-worker`: writes a person's data into one encrypted archive, a message for
//! each job.
//!
//! A message may come twice, late, or while another run is at work. Each run takes the job under a
//! higher fencing number and first gives up whatever an earlier run left open; a run whose number
//! is no longer the highest learns so at its next write and stops. An archive becomes visible only
//! when the job says that it is complete.

mod categories;
mod run;
pub mod survey;
mod writer;

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
    let run = |message| {
        let app = app.clone();
        async move {
            match message {
                // On the heap: the run's state is large, and a batch holds one at a time.
                Message::Export { job } => Box::pin(run::run(&app, job, deadline)).await,
                _ => Outcome::GiveUp("the message belongs on another queue".to_owned()),
            }
        }
    };
    Ok(batch(app.store(), Queue::Export, event, run).await)
}
