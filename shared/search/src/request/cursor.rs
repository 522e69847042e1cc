//! A position in the result of a query.

use std::cmp::Ordering;

use provost_domain::UserId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Query, Stage};
use crate::segment::Key;

/// A position in the result of a query, by the values of a user. It stays valid when users are
/// added, changed or removed, the one that it was made from included.
///
/// It contains values of a user, so encrypt it before it leaves the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// A fingerprint of the query and of the caller.
    binding: [u8; 16],
    /// How far the search went for the first page.
    pub(crate) stage: Stage,
    /// Whether the users before the position are wanted.
    pub(crate) backwards: bool,
    /// The values of the user at the position, in the order of the sort keys.
    pub(crate) values: Vec<KeyValue>,
    /// The user at the position.
    pub(crate) id: UserId,
}

/// The bytes are not those of a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a valid cursor")]
pub struct InvalidCursor;

/// A value that decides the place of a user in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyValue {
    /// No value.
    #[serde(rename = "n")]
    None,
    /// A number, a time in milliseconds, or a relevance.
    #[serde(rename = "i")]
    Integer(i64),
    /// A text in its form.
    #[serde(rename = "t")]
    Text(Vec<u8>),
}

impl KeyValue {
    pub(crate) fn key(&self) -> Key<'_> {
        match self {
            Self::None => Key::None,
            Self::Integer(value) => Key::Integer(*value),
            Self::Text(text) => Key::Text(text),
        }
    }
}

impl From<Key<'_>> for KeyValue {
    fn from(key: Key<'_>) -> Self {
        match key {
            Key::None => Self::None,
            Key::Integer(value) => Self::Integer(value),
            Key::Text(text) => Self::Text(text.to_vec()),
        }
    }
}

impl Cursor {
    pub(crate) fn new(
        query: &Query,
        caller: &str,
        stage: Stage,
        values: Vec<KeyValue>,
        id: UserId,
    ) -> Self {
        Self { binding: binding(query, caller), stage, backwards: false, values, id }
    }

    /// The same position, for the users before it.
    pub(crate) fn backwards(mut self) -> Self {
        self.backwards = true;
        self
    }

    /// Whether the cursor was made for this query of this caller.
    pub fn fits(&self, query: &Query, caller: &str) -> bool {
        self.binding == binding(query, caller) && self.values.len() == query.order().len()
    }

    /// The cursor as bytes, to be encrypted.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A cursor has no maps, so it is always written.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The cursor from the bytes of [`to_bytes`](Self::to_bytes).
    ///
    /// # Errors
    /// The bytes are not those of a cursor.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidCursor> {
        serde_json::from_slice(bytes).map_err(|_| InvalidCursor)
    }

    /// Compares keys with the position, in the order of the query.
    pub(crate) fn compare(&self, keys: &[Key<'_>], id: UserId, descending: &[bool]) -> Ordering {
        for ((value, key), descending) in self.values.iter().zip(keys).zip(descending) {
            let ordering = key.compare(&value.key(), *descending);
            if ordering.is_ne() {
                return ordering;
            }
        }
        id.cmp(&self.id)
    }
}

fn binding(query: &Query, caller: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(query.selection.fingerprint());
    // Neither part has maps, so both are always written.
    let rest = serde_json::to_vec(&(&query.search, query.order(), caller)).unwrap_or_default();
    hash.update(rest);
    let mut binding = [0; 16];
    binding.copy_from_slice(&hash.finalize()[..16]);
    binding
}
