//! Idempotency records: the answer to a request that carried an `Idempotency-Key`, kept for 24
//! hours, so that asking again changes nothing and hears the same.
//!
//! The record is written in the transaction of the change itself, so there is no moment at which
//! one exists without the other. The answer is encrypted under a key derived from the client's own
//! `Idempotency-Key`: an answer may hold a secret that is shown once, and the table must not.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use provost_domain::{Timestamp, secret::SubjectKey, time::DAY};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode},
    seal,
    transaction::Condition,
};

/// The label of the record's condition in a transaction.
pub const LABEL: &str = "idempotency";

/// Names one use of a key: who, where, with which key.
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
        // Keyed by what the table does not know: a body may hold a password, and a plain digest of
        // it would be a fast way to test guesses.
        let body = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), body);
        Self { place: hash("place"), secret, body: hex::encode(body), short: key.len() < 8 }
    }

    /// The same, sealed under the caller's own key as well where it has few characters: those are
    /// soon tried out by whoever reads the table, and erasing the caller makes the answer
    /// unreadable. Longer keys are sealed as the release before sealed them, which took none below
    /// eight characters.
    #[must_use]
    pub fn under(mut self, own: &SubjectKey) -> Self {
        if self.short {
            let sealed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &own.0), &self.secret);
            self.secret.copy_from_slice(&sealed.as_ref()[..32]);
        }
        self
    }

    /// By what the counts of limits know a request with this key and body; nothing leads back from
    /// it.
    pub fn mark(&self) -> String {
        let mut text = self.place.to_vec();
        text.extend_from_slice(self.body.as_bytes());
        hex::encode(&digest(&SHA256, &text).as_ref()[..16])
    }

    fn key(&self) -> Key {
        Key::new(format!("IDEMPOTENCY#{}", hex::encode(self.place)), "ANSWER")
    }
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Set-Cookie`; like the body it is sealed under the client's key.
    #[serde(default)]
    pub cookie: Option<String>,
    /// Its media type; JSON when it is not told, nothing when it is empty.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Its body.
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

/// What the table knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: go ahead.
    Nothing,
    /// The same request was answered.
    Answered(Answered),
    /// The key belongs to a request with another body.
    OtherBody,
}

impl Transaction {
    /// Remembers the answer with the change. Losing the race to a twin fails the transaction under
    /// [`LABEL`].
    ///
    /// # Errors
    /// `Unreadable` when the answer could not be sealed.
    pub fn remember(
        &mut self,
        key: &IdempotencyKey,
        answer: &Answered,
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
        // TTL removes lazily: a record past its day is overwritten, not obeyed.
        let condition = Condition::expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .value(":now", crate::item::s(now.to_string()));
        self.put(LABEL, &table, item, condition)
    }
}

impl Store {
    /// What is remembered of a key.
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
