//! Handlers: functions that the router can call.

use std::future::Future;

use schemars::SchemaGenerator;

use crate::{
    access::AccessGrant,
    input::{Incoming, Input, InputDoc},
    problem::HandlerResult,
    reply::IntoReply,
    request_context::RequestContext,
};

/// An asynchronous function that takes a request context and at most two inputs.
pub trait Handler<G, Args>: Clone + Send + Sync + 'static {
    /// The kind of response.
    type Output: IntoReply;
    /// Whether the handler reads the query string.
    const QUERY: bool;
    /// Whether the handler reads the body.
    const BODY: bool = false;
    /// Maximum size of the body, in bytes.
    const MAX_SIZE: usize = crate::input::MAX_BODY;
    /// What to do with a larger body, as a sentence.
    const IF_LARGER: &'static str = "";
    /// Reads the inputs and runs the handler.
    fn handle(
        &self,
        ctx: RequestContext<G>,
        incoming: Incoming,
    ) -> impl Future<Output = HandlerResult<Self::Output>> + Send;
    /// Describes the inputs for the OpenAPI document.
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc);
}

impl<G: AccessGrant, F, Fut, R> Handler<G, ()> for F
where
    F: Fn(RequestContext<G>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = HandlerResult<R>> + Send,
    R: IntoReply,
{
    type Output = R;
    const QUERY: bool = false;
    async fn handle(&self, ctx: RequestContext<G>, _: Incoming) -> HandlerResult<R> {
        self(ctx).await
    }
    fn describe(_: &mut SchemaGenerator, _: &mut InputDoc) {}
}

impl<G: AccessGrant, F, Fut, R, A> Handler<G, (A,)> for F
where
    F: Fn(RequestContext<G>, A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = HandlerResult<R>> + Send,
    R: IntoReply,
    A: Input,
{
    type Output = R;
    const QUERY: bool = A::QUERY;
    const BODY: bool = A::BODY;
    const MAX_SIZE: usize = A::MAX_SIZE;
    const IF_LARGER: &'static str = A::IF_LARGER;
    async fn handle(&self, ctx: RequestContext<G>, incoming: Incoming) -> HandlerResult<R> {
        let input = A::read(&incoming)?;
        self(ctx, input).await
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        A::describe(generator, doc);
    }
}
