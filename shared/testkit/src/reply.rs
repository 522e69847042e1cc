//! A response, with assertions for tests.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A response.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The request, for the message of a failing test.
    pub asked: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The stable code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts success and returns the body.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(
            self.status.is_success(),
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.text()
        );
        self.json()
    }

    /// Asserts a status and returns the body.
    #[track_caller]
    pub fn status(&self, status: u16) -> Value {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.text()
        );
        self.json()
    }

    /// Asserts a problem with this status and code, in the form of every problem, and returns the
    /// body.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status.as_u16(), self.code().as_str()),
            (status, code),
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.text()
        );
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.asked);
        for member in ["type", "title", "status", "detail", "requestId"] {
            assert!(!body[member].is_null(), "{}: a problem says {member}", self.asked);
        }
        body
    }

    /// The value of a header; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }
}
