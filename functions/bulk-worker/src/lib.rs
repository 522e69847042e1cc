//! The worker `bulk-worker`: background jobs. It scans one account for fraud, or all accounts, sends
//! broadcasts, and changes many users, page by page.
//!
//! A message may be delivered twice, late, or while another run is active. Repeating a scan gives
//! the same result and raises no second alert. Each run of a scan of all accounts gets a higher
//! fencing token and continues after the last report. A run whose token is no longer the highest
//! finds out at its next report, and stops.

pub mod broadcast;
pub mod bulk;
pub mod full_scan;
mod scan;

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
                Message::FraudScan { user } => Box::pin(scan::run(&app, user)).await,
                Message::FullFraudScan { job } => {
                    Box::pin(full_scan::run(&app, job, full_scan::PAGE, deadline)).await
                }
                Message::Broadcast { job } => {
                    Box::pin(broadcast::run(&app, job, broadcast::PAGE, deadline)).await
                }
                Message::Bulk { job } => Box::pin(bulk::run(&app, job, bulk::PAGE, deadline)).await,
                _ => Outcome::GiveUp("the message belongs on another queue".to_owned()),
            }
        }
    };
    Ok(batch(app.store(), Queue::Bulk, event, || app.id(RequestId::new), run).await)
}
