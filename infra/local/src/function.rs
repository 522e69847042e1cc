//! A function, mounted in this process and called as by Lambda: JSON in, JSON out.

use axum::Router;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Service, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tower::ServiceExt;

/// The handler of a mounted function.
pub type Invoke =
    Arc<dyn Fn(Value, Invocation) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// A function, named after its crate.
#[derive(Clone)]
pub struct Function {
    /// The name from the template's `CodeUri`, such as `staff-users`.
    pub name: String,
    /// Invokes it once. The error is the function's error as reported by Lambda.
    pub invoke: Invoke,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The context of one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Id of the invocation, for logs.
    pub request_id: String,
    /// Time at which Lambda would stop it.
    pub deadline: SystemTime,
}

impl Invocation {
    /// An invocation with this time limit from now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "Lambda has its own clock")]
    pub fn lasting(limit: Duration) -> Self {
        Self { request_id: request_id(), deadline: SystemTime::now() + limit }
    }

    /// The deadline in the form of Lambda's header, in milliseconds since 1970.
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        let since = self.deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A random identifier in the form of Lambda and the gateway.
pub(crate) fn request_id() -> String {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string()
}

impl Function {
    /// A function behind the HTTP API: `lambda_http` converts the API Gateway event to a request
    /// for the router, and its response back.
    pub fn http(name: impl Into<String>, router: Router) -> Self {
        let invoke = move |event: Value,
                           invocation: Invocation|
              -> BoxFuture<'static, Result<Value, String>> {
            Box::pin(guarded(answer(router.clone(), event, invocation)))
        };
        Self { name: name.into(), invoke: Arc::new(invoke) }
    }

    /// A function with another trigger. Serde types define its event and its result.
    pub fn worker<E, A, H, F>(name: impl Into<String>, handler: H) -> Self
    where
        E: DeserializeOwned + Send + 'static,
        A: Serialize + 'static,
        H: Fn(E, Invocation) -> F + Send + Sync + 'static,
        F: Future<Output = Result<A, String>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let invoke = move |event: Value,
                           invocation: Invocation|
              -> BoxFuture<'static, Result<Value, String>> {
            let handler = Arc::clone(&handler);
            Box::pin(guarded(async move {
                // Through text, as on Lambda: some event types borrow from the text or parse
                // numbers differently.
                let event = serde_json::from_str::<E>(&event.to_string())
                    .map_err(|cause| format!("the event cannot be read: {cause}"))?;
                let answer = handler(event, invocation).await?;
                serde_json::to_value(answer)
                    .map_err(|cause| format!("the answer cannot be written: {cause}"))
            }))
        };
        Self { name: name.into(), invoke: Arc::new(invoke) }
    }

    /// A function with another trigger, in the form of the worker crates: its arguments are the
    /// shared state, the event, and the time at which Lambda would stop it.
    pub fn worker_over<S, E, D, A, X, H, F>(name: impl Into<String>, state: &S, handler: H) -> Self
    where
        S: Clone + Send + Sync + 'static,
        E: DeserializeOwned + Send + 'static,
        D: From<SystemTime> + Send + 'static,
        A: Serialize + 'static,
        X: std::fmt::Display,
        H: Fn(S, E, D) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<A, X>> + Send + 'static,
    {
        let state = state.clone();
        Self::worker(name, move |event: E, invocation: Invocation| {
            let run = handler(state.clone(), event, D::from(invocation.deadline));
            async move { run.await.map_err(|error| error.to_string()) }
        })
    }

    /// Invokes it once, with a time limit as on Lambda.
    ///
    /// # Errors
    /// The function's own error, the message of its panic, or a timeout.
    pub async fn call(&self, event: Value, limit: Duration) -> Result<Value, String> {
        let invocation = Invocation::lasting(limit);
        match tokio::time::timeout(limit, (self.invoke)(event, invocation)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("Task timed out after {}.00 seconds", limit.as_secs())),
        }
    }
}

async fn answer(router: Router, event: Value, invocation: Invocation) -> Result<Value, String> {
    let request = serde_json::from_str::<LambdaRequest>(&event.to_string())
        .map_err(|cause| cause.to_string())?;
    let mut context = lambda_http::Context::default();
    context.deadline = invocation.deadline_ms();
    context.request_id = invocation.request_id;
    // An axum body is not `Sync`, which the adapter requires of the service's response; the
    // response future of lambda_http is, so the conversion happens inside the service.
    let service = service_fn(move |request: lambda_http::Request| {
        let router = router.clone();
        async move {
            let response = router.oneshot(request).await?;
            Ok::<_, std::convert::Infallible>(
                lambda_http::IntoResponse::into_response(response).await,
            )
        }
    });
    let mut adapter = Adapter::from(service);
    let response = adapter
        .call(LambdaEvent::new(request, context))
        .await
        .map_err(|cause| cause.to_string())?;
    serde_json::to_value(response).map_err(|cause| cause.to_string())
}

/// Lambda reports a panic as the function's error and continues with the next event; so does this.
async fn guarded<T>(work: impl Future<Output = Result<T, String>> + Send) -> Result<T, String> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => Err(format!("panicked: {}", panic_message(panic.as_ref()))),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return text;
    }
    panic.downcast_ref::<String>().map_or("without a message", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LIMIT: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_panic_becomes_the_error_of_the_function() {
        let worker = Function::worker("w", |event: Value, _| async move {
            assert!(event["ok"] == true, "cannot do {event}");
            Ok(json!({ "done": true }))
        });
        assert_eq!(worker.call(json!({ "ok": true }), LIMIT).await, Ok(json!({ "done": true })));
        let message = worker.call(json!({}), LIMIT).await.unwrap_err();
        assert_eq!(message, "panicked: cannot do {}");
    }

    #[tokio::test]
    async fn an_event_of_another_shape_is_rejected() {
        let worker = Function::worker("w", |event: Vec<u8>, _| async move { Ok(event) });
        assert!(
            worker.call(json!({}), LIMIT).await.unwrap_err().contains("the event cannot be read")
        );
    }
}
