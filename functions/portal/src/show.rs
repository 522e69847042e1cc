//! `GET /openapi.json`: get the committed OpenAPI description. A test compares it with the routes.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use provost_http::{
    HandlerResult, PublicGrant, RequestContext,
    reply::{IntoReply, Reply, ReplyDoc},
};
use schemars::SchemaGenerator;

/// The description.
pub const OPENAPI: &str = include_str!("../../../openapi.json");

/// The OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub struct Document;

impl IntoReply for Document {
    fn reply(&self) -> Reply {
        // The description changes only with a release, so clients may cache it.
        let headers = HeaderMap::from_iter([(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        )]);
        Reply {
            status: StatusCode::OK,
            headers,
            content_type: "application/json",
            body: Bytes::from_static(OPENAPI.as_bytes()).into(),
        }
    }

    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 200,
            description: "The API description, OpenAPI 3.1.",
            content: vec![("application/json", serde_json::json!({"type": "object"}))],
            ..ReplyDoc::default()
        }
    }
}

/// The OpenAPI document.
pub async fn get_openapi_document(_: RequestContext<PublicGrant>) -> HandlerResult<Document> {
    Ok(Document)
}
