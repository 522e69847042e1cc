//! The worker `bulk-worker`: work that nobody waits for. It scans one account for fraud, or every
//! account, page by page.
//!
//! A message may come twice, late, or while another run is at work. A scan says the same each time
//! and raises no second alert; a sweep is taken under a higher fencing number, goes on at its last
//! report, and a run whose number is no longer the highest learns so at its next one and stops.

mod scan;
pub mod sweep;

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
                // On the heap: a run's state is large, and a batch holds one at a time.
                Message::FraudScan { user } => Box::pin(scan::run(&app, user)).await,
                Message::FraudSweep { job } => {
                    Box::pin(sweep::run(&app, job, sweep::PAGE, deadline)).await
                }
                _ => Outcome::GiveUp("the message belongs on another queue".to_owned()),
            }
        }
    };
    Ok(batch(app.store(), Queue::Bulk, event, run).await)
}
