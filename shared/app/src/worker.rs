//! The body of a worker's `main`: starts the application, then passes every event to one handler.

use std::{
    future::Future,
    time::{Duration, SystemTime},
};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use provost_jobs::Deadline;
use serde::{Serialize, de::DeserializeOwned};

use crate::App;

/// Runs a worker on Lambda until the sandbox ends.
///
/// # Errors
/// When the environment is incomplete or the runtime cannot be reached.
pub async fn run<E, R, F, H>(handler: H) -> Result<(), Error>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    F: Future<Output = Result<R, Error>> + Send,
    H: Fn(App, E, Deadline) -> F + Clone + Send + Sync + 'static,
{
    crate::start_logging();
    let app = App::from_env().await?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| {
        let (app, handler) = (app.clone(), handler.clone());
        async move {
            let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(event.context.deadline);
            // Boxed: the types of handlers, nested in that of the runtime, are too deep for the
            // compiler.
            Box::pin(handler(app, event.payload, Deadline::at(deadline))).await
        }
    }))
    .await
}
