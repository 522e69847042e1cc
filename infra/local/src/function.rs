//! One of our functions, mounted in this process and called as Lambda calls it: JSON in, JSON out.

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

/// What a mounted function does with an event.
pub type Invoke =
    Arc<dyn Fn(Value, Invocation) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// One of our functions, by the name of its crate.
#[derive(Clone)]
pub struct Function {
    /// The name that the template's `CodeUri` gives it, as in `staff-users`.
    pub name: String,
    /// Runs it once. The error is what Lambda would report as the function's error.
    pub invoke: Invoke,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What Lambda tells a function about one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Names the invocation in logs.
    pub request_id: String,
    /// When Lambda would cut it off.
    pub deadline: SystemTime,
}

impl Invocation {
    /// An invocation that may take this long from now.
    #[must_use]
    pub fn lasting(limit: Duration) -> Self {
        Self { request_id: request_id(), deadline: SystemTime::now() + limit }
    }

    /// The deadline as Lambda's own header gives it, in milliseconds since 1970.
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        let since = self.deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A random identifier in the form that Lambda and the gateway use.
pub(crate) fn request_id() -> String {
    let random = rand::random::<u128>();
    // The version and variant bits make it a well-formed UUID 4.
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let text = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

impl Function {
    /// A function behind the HTTP API: an API Gateway event goes through `lambda_http` into the
    /// router, and the router's answer comes back the same way.
    pub fn http(name: impl Into<String>, router: Router) -> Self {
        let invoke = move |event: Value,
                           invocation: Invocation|
              -> BoxFuture<'static, Result<Value, String>> {
            Box::pin(guarded(answer(router.clone(), event, invocation)))
        };
        Self { name: name.into(), invoke: Arc::new(invoke) }
    }

    /// A function woken by anything else. The event is read, and the answer written, by their serde
    /// types.
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
                // Through text, as on Lambda: some event types borrow from it or read numbers
                // differently.
                let event = serde_json::from_str::<E>(&event.to_string())
                    .map_err(|cause| format!("the event cannot be read: {cause}"))?;
                let answer = handler(event, invocation).await?;
                serde_json::to_value(answer)
                    .map_err(|cause| format!("the answer cannot be written: {cause}"))
            }))
        };
        Self { name: name.into(), invoke: Arc::new(invoke) }
    }

    /// A function woken by anything else, in the form that our worker crates export: it takes what
    /// they share, the event, and the moment at which Lambda would cut it off.
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

    /// Runs it once, cut off at `limit` as Lambda does.
    ///
    /// # Errors
    /// The function's own error, its panic's message, or that it took too long.
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
    // An axum body is not Sync, which the adapter asks of what its service returns; lambda_http's
    // own future for a response is, so the conversion happens inside the service.
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

/// Lambda reports a panic as the function's error and goes on with the next event; so does this.
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
    async fn a_panic_is_the_function_s_error() {
        let worker = Function::worker("w", |event: Value, _| async move {
            assert!(event["ok"] == true, "cannot do {event}");
            Ok(json!({ "done": true }))
        });
        assert_eq!(worker.call(json!({ "ok": true }), LIMIT).await, Ok(json!({ "done": true })));
        let message = worker.call(json!({}), LIMIT).await.unwrap_err();
        assert_eq!(message, "panicked: cannot do {}");
    }

    #[tokio::test]
    async fn an_event_of_another_shape_is_refused() {
        let worker = Function::worker("w", |event: Vec<u8>, _| async move { Ok(event) });
        assert!(
            worker.call(json!({}), LIMIT).await.unwrap_err().contains("the event cannot be read")
        );
    }

    #[test]
    fn request_ids_are_uuids() {
        let id = request_id();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
    }
}
