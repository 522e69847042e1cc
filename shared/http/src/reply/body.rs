//! The body of a response.

use axum::body::Body;
use bytes::Bytes;

/// The body of a response.
///
/// Only a text can be stored under an idempotency key and replayed. A handler that completes a
/// change therefore answers with a text; bytes and streams are for reading.
#[derive(Debug)]
pub enum ReplyBody {
    /// A text, such as JSON.
    Text(String),
    /// Bytes in memory, such as a file.
    Bytes(Bytes),
    /// Parts that follow each other. `IntoReply::reply` makes a new stream each time.
    Stream(Body),
}

impl ReplyBody {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) | Self::Stream(_) => None,
        }
    }
}

impl From<String> for ReplyBody {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Body> for ReplyBody {
    fn from(stream: Body) -> Self {
        Self::Stream(stream)
    }
}

impl From<ReplyBody> for Body {
    fn from(body: ReplyBody) -> Self {
        match body {
            ReplyBody::Text(text) => text.into(),
            ReplyBody::Bytes(bytes) => bytes.into(),
            ReplyBody::Stream(stream) => stream,
        }
    }
}
