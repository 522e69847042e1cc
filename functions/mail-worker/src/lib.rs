//! The worker `mail-worker`: writes one letter per message and sends it: at least once, normally
//! once. Only a run that is killed after the transport took a letter, and before that was noted,
//! lets the next send it again.

mod external_invitee;
mod letter;
mod links;
mod run;
mod words;

use std::pin::Pin;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use provost_app::App;
use provost_domain::message::Queue;
use provost_jobs::{Deadline, Outcome, batch};

/// Works through a batch of messages.
///
/// # Errors
/// Never; each message fails by itself.
pub async fn handle(
    app: App,
    event: SqsEvent,
    _deadline: Deadline,
) -> Result<SqsBatchResponse, Error> {
    Ok(batch(app.store(), Queue::Mail, event, |message| boxed(run::run(app.clone(), message)))
        .await)
}

/// Hides the run's type: spelled out, with all the calls in it, it is deeper than the compiler
/// follows.
fn boxed<'a>(
    run: impl Future<Output = Outcome> + Send + 'a,
) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
    Box::pin(run)
}
