//! A file of users as the body of a request.

use bytes::Bytes;
use provost_domain::{ApiError, Code};
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::{Incoming, Input, InputDoc, Query, media_type};

/// A file of users: a table (`text/csv`), or lines of JSON (`application/x-ndjson`), of at most
/// 1 MiB; and the query string, which says how it is read.
#[derive(Debug)]
pub struct UserFileUpload<T> {
    /// The query string.
    pub query: T,
    /// Whether it has lines of JSON.
    pub is_ndjson: bool,
    /// The file.
    pub bytes: Bytes,
}

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

impl<T: DeserializeOwned + JsonSchema + Send> Input for UserFileUpload<T> {
    const QUERY: bool = true;
    const IF_LARGER: &'static str = "Import a larger file with the command `provost import FILE`.";
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        let Query(query) = Query::read(incoming)?;
        let is_ndjson = match media_type(&incoming.headers).as_str() {
            CSV => false,
            NDJSON => true,
            _ => {
                return Err(ApiError::new(
                    Code::UnsupportedMedia,
                    "The content type is not supported. Send the file as text/csv or application/x-ndjson.",
                ));
            }
        };
        Ok(Self { query, is_ndjson, bytes: incoming.body.clone() })
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        Query::<T>::describe(generator, doc);
        doc.body = Some(serde_json::json!({"type": "string", "description": "The file."}));
        doc.media = &[CSV, NDJSON];
        doc.required = true;
    }
}
