//! What a browser sends to a page: a query, and the fields of a form.

use bytes::Bytes;
use provost_domain::ApiError;
use provost_http::input::{Incoming, Input, InputDoc};
use schemars::SchemaGenerator;

/// The query and the body as they were sent. The page reads what it needs: links may have gained
/// parameters on their way.
#[derive(Debug)]
pub struct PortalRequest {
    /// The query.
    pub query: String,
    /// The body.
    pub body: Bytes,
}

impl Input for PortalRequest {
    const QUERY: bool = true;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        Ok(Self { query: incoming.query.clone(), body: incoming.body.clone() })
    }
    fn describe(_: &mut SchemaGenerator, _: &mut InputDoc) {}
}
