//! Objects that are read and replaced by their ETag: reads that skip what the caller has, and writes
//! that only replace what the caller has read (compare and swap).
//!
//! S3 answers a write with 412 when the object changed, and with 409 when another write ran at the
//! same time. Both mean the same here: read again.

use bytes::Bytes;

use crate::{Store, StoreError, signed::Request};

/// What a conditional read found.
#[derive(Debug)]
pub enum ReadObject {
    /// There is no object.
    Missing,
    /// The object still has the ETag that the caller named.
    Unchanged,
    /// The object.
    Found {
        /// Its content.
        bytes: Bytes,
        /// Its ETag, to be named by the next read or write.
        etag: String,
    },
}

impl Store {
    /// Reads an object, unless it still has the ETag `known`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn read_object(
        &self,
        bucket: &str,
        key: &str,
        known: Option<&str>,
    ) -> Result<ReadObject, StoreError> {
        let mut request = Request::object(&self.aws, "GetObject", "GET", bucket, key);
        if let Some(known) = known {
            request = request.header("if-none-match", known);
        }
        match request.respond(&self.aws).await {
            Ok(found) => Ok(ReadObject::Found { bytes: found.body, etag: found.etag }),
            Err(error) => match error.as_service_error().map(|refused| refused.status) {
                Some(304) => Ok(ReadObject::Unchanged),
                Some(404) => Ok(ReadObject::Missing),
                _ => Err(StoreError::unavailable("reading an object", error)),
            },
        }
    }

    /// Stores an object where the key still has the ETag `over`, or is free if that is `None`.
    /// Returns the new ETag; `None` when the key has changed, and nothing was stored.
    ///
    /// A call whose response was lost may be sent again, and then returns `None` although its first
    /// attempt was stored: the caller has to read the object to know.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn swap_object(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        bytes: Bytes,
        over: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let condition = over.map_or(("if-none-match", "*"), |etag| ("if-match", etag));
        let request = Request::object(&self.aws, "PutObject", "PUT", bucket, key)
            .header("content-type", content_type)
            .header(condition.0, condition.1)
            .body(bytes);
        match request.respond(&self.aws).await {
            Ok(stored) => Ok(Some(stored.etag)),
            Err(error) => match error.as_service_error().map(|refused| refused.status) {
                // 404: the object that should have this ETag is gone.
                Some(404 | 409 | 412) => Ok(None),
                _ => Err(StoreError::unavailable("storing an object", error)),
            },
        }
    }
}
