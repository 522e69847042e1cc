//! Idempotency records: the response to a request with an `Idempotency-Key`, kept for 24 hours, so
//! that a retry changes nothing and gets the same response.
//!
//! The record is written in the transaction of the change itself, so neither exists without the
//! other. The response is encrypted under a key derived from the client's own `Idempotency-Key`: a
//! response may contain a secret that is shown once, and the table must not.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use provost_domain::{Timestamp, secret::SubjectKey, time::DAY};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    seal,
    transaction::Condition,
};

/// Identifies one use of a key: caller, route and key.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    place: [u8; 32],
    secret: [u8; 32],
    body: String,
    short: bool,
}

impl IdempotencyKey {
    /// A key as the caller sent it, bound to caller, route and body.
    pub fn new(caller: &str, route: &str, key: &str, body: &[u8]) -> Self {
        let hash = |label: &str| {
            let mut text = Vec::new();
            for part in [label, caller, route, key] {
                text.extend_from_slice(&(part.len() as u64).to_le_bytes());
                text.extend_from_slice(part.as_bytes());
            }
            let mut out = [0; 32];
            out.copy_from_slice(digest(&SHA256, &text).as_ref());
            out
        };
        let secret = hash("secret");
        // Keyed with a secret that is not in the table: a body may contain a password, and a plain
        // digest of it would be a fast way to test guesses.
        let body = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), body);
        Self { place: hash("place"), secret, body: hex::encode(body), short: key.len() < 8 }
    }

    /// The same, also sealed under the caller's own key if the idempotency key is short: short keys
    /// are easily guessed by a reader of the table, and erasing the caller makes the response
    /// unreadable. Longer keys are sealed as in the previous release, which required at least eight
    /// characters.
    #[must_use]
    pub fn under(mut self, own: &SubjectKey) -> Self {
        if self.short {
            let sealed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &own.0), &self.secret);
            self.secret.copy_from_slice(&sealed.as_ref()[..32]);
        }
        self
    }

    /// The mark by which rate limits recognise a request with this key and body; it reveals
    /// neither.
    pub fn mark(&self) -> String {
        let mut text = self.place.to_vec();
        text.extend_from_slice(self.body.as_bytes());
        hex::encode(&digest(&SHA256, &text).as_ref()[..16])
    }

    fn key(&self) -> Key {
        Key::new(format!("IDEMPOTENCY#{}", hex::encode(self.place)), "ANSWER")
    }
}

/// A stored response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResponse {
    /// The status code.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Set-Cookie` header; like the body it is sealed under the client's key.
    #[serde(default)]
    pub cookie: Option<String>,
    /// The media type; JSON when absent, none when empty.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The body.
    pub body: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    body_digest: String,
    answer: String,
    expires_at: Timestamp,
    ttl: i64,
}

/// What the table knows about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: process the request.
    Nothing,
    /// The same request already has a response.
    Answered(StoredResponse),
    /// The key was used for a request with another body.
    OtherBody,
}

impl Transaction {
    /// Stores the response with the change. When a concurrent identical request was first, the
    /// transaction fails with [`Conflict::IdempotencyKey`].
    ///
    /// # Errors
    /// `Unreadable` when the response could not be sealed.
    pub fn remember(
        &mut self,
        key: &IdempotencyKey,
        answer: &StoredResponse,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_vec(answer)
            .map_err(|cause| StoreError::unreadable("an answer", cause))?;
        let sealed = seal::seal_with(&key.secret, b"idempotency", &text)
            .ok_or_else(|| StoreError::unreadable("an answer", "it could not be sealed"))?;
        let expires_at = now.plus(DAY);
        let record = Record {
            body_digest: key.body.clone(),
            answer: sealed,
            expires_at,
            ttl: expires_at.seconds(),
        };
        let (item, table) =
            (encode("an answer", &key.key(), &record)?, self.store().names().operations.clone());
        // TTL removes items late: an expired record is overwritten and not used.
        let condition = Condition::expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .value(":now", crate::item::s(now.to_string()));
        self.put(Conflict::IdempotencyKey, &table, item, condition)
    }
}

impl Store {
    /// What is stored about a key.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn remembered(
        &self,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Remembered, StoreError> {
        let found =
            self.get(&self.names.operations, &key.key(), "reading an earlier answer").await?;
        let Some(item) = found else { return Ok(Remembered::Nothing) };
        let record: Record = decode("an answer", item)?;
        if now >= record.expires_at {
            return Ok(Remembered::Nothing);
        }
        if record.body_digest != key.body {
            return Ok(Remembered::OtherBody);
        }
        let unreadable = || StoreError::unreadable("an answer", "it could not be opened");
        let clear =
            seal::open_with(&key.secret, b"idempotency", &record.answer).ok_or_else(unreadable)?;
        serde_json::from_slice(&clear)
            .map(Remembered::Answered)
            .map_err(|cause| StoreError::unreadable("an answer", cause))
    }
}
