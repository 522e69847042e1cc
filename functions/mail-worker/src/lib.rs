//! The worker `mail-worker`: writes and sends one email per message: at least once, normally once.
//! An email is sent again only if a run is killed after the transport accepted it and before that
//! was recorded.

mod delivery;
mod email;
mod external_invitee;
mod links;
mod run;
mod words;

use std::pin::Pin;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use provost_app::App;
use provost_domain::{RequestId, message::Queue};
use provost_jobs::{Deadline, Outcome, batch};

/// Processes a batch of messages.
///
/// # Errors
/// Never; each message fails on its own.
pub async fn handle(
    app: App,
    event: SqsEvent,
    _deadline: Deadline,
) -> Result<SqsBatchResponse, Error> {
    let run = |message, request| boxed(run::run(app.for_request(request), message));
    Ok(batch(app.store(), Queue::Mail, event, || app.id(RequestId::new), run).await)
}

/// Hides the type of the run, which is nested too deeply for the compiler.
fn boxed<'a>(
    run: impl Future<Output = Outcome> + Send + 'a,
) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
    Box::pin(run)
}
