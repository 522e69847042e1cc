//! The worker `bulk-worker`: background jobs. It scans one account for fraud, or all accounts, page
//! by page.
//!
//! A message may be delivered twice, late, or while another run is active. Repeating a scan gives
//! the same result and raises no second alert. Each run of a scan of all accounts gets a higher
//! fencing token and continues after the last report. A run whose token is no longer the highest
//! finds out at its next report, and stops.

mod scan;
pub mod sweep;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use provost_app::App;
use provost_domain::message::{Message, Queue};
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
    let run = |message| {
        let app = app.clone();
        async move {
            match message {
                // On the heap: the state of a run is large, and a batch processes one at a time.
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
