//! A query string that the route parses itself.

use std::marker::PhantomData;

use provost_domain::ApiError;
use schemars::SchemaGenerator;
use serde_json::Value;

use super::{Incoming, Input, InputDoc};

/// The parameters of a query string that the route parses itself.
pub trait QueryParameters: Send {
    /// The schema of an object that has each parameter as a property.
    fn schema() -> Value;
}

/// The query string as it was sent, not decoded. `P` describes its parameters.
#[derive(Debug)]
pub struct RawQuery<P> {
    /// The text after the question mark.
    pub text: String,
    parameters: PhantomData<P>,
}

impl<P: QueryParameters> Input for RawQuery<P> {
    const QUERY: bool = true;
    const BODY: bool = false;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        Ok(Self { text: incoming.query.clone(), parameters: PhantomData })
    }
    fn describe(_: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.query = Some(P::schema());
    }
}
