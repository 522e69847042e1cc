//! Takes the body of a response before the SDK parses it.

use std::{
    cell::RefCell,
    pin::Pin,
    task::{Context, Poll, ready},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextMut},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use bytes::Bytes;
use hyper::body::{Body, Frame};

tokio::task_local! {
    /// The body of the response to the call that this task makes.
    static ANSWER: RefCell<Bytes>;
}

/// Makes a call of the SDK and returns the body of its response; the SDK's own output is empty.
pub(crate) async fn body<T, E>(
    call: impl Future<Output = Result<T, E>> + Send,
) -> Result<Bytes, E> {
    // A call of the SDK is some kilobytes large, and each enclosing future would contain it again.
    let call = Box::pin(call);
    let answered = async {
        call.await?;
        Ok(ANSWER.with(RefCell::take))
    };
    ANSWER.scope(RefCell::default(), answered).await
}

/// Passes on the bodies that [`body`] requests. Every DynamoDB client has it.
#[derive(Debug)]
pub(crate) struct HandOver;

impl Intercept for HandOver {
    fn name(&self) -> &'static str {
        "HandOver"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        // The SDK parses errors.
        if response.status().is_success() && ANSWER.try_with(|_| ()).is_ok() {
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            *response.body_mut() =
                SdkBody::from_body_1_x(Kept { body, bytes: Vec::new(), done: false });
        }
        Ok(())
    }
}

/// The response body of the current call, for tests that intercept calls.
#[doc(hidden)]
pub fn answer() -> Option<Bytes> {
    ANSWER.try_with(|answer| answer.borrow().clone()).ok()
}

/// Keeps a body for [`body`], and looks like an empty response to the SDK.
struct Kept {
    body: SdkBody,
    bytes: Vec<u8>,
    done: bool,
}

impl Body for Kept {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        while !self.done {
            match ready!(Body::poll_frame(Pin::new(&mut self.body), context)) {
                Some(Ok(frame)) => {
                    self.bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data))
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.done = true;
                    let bytes = Bytes::from(std::mem::take(&mut self.bytes));
                    let _ = ANSWER.try_with(|answer| answer.replace(bytes));
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{}")))));
                }
            }
        }
        Poll::Ready(None)
    }
}
