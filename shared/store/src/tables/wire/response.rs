//! Responses, parsed as far as the boundaries of their items, and items that are decoded later.

use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::value::RawValue;

use super::plain;
use crate::{
    StoreError,
    item::{Item, Stored},
};

/// An item that is not decoded yet.
#[derive(Clone)]
pub struct Row(pub(super) Bytes);

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row")
    }
}

impl Stored for Row {
    fn decode<T: DeserializeOwned>(self, entity: &'static str) -> Result<T, StoreError> {
        let mut json = serde_json::Deserializer::from_slice(&self.0);
        plain::read(&mut json).map_err(|cause| StoreError::unreadable(entity, cause))
    }
}

impl Row {
    /// All attributes by name.
    ///
    /// # Errors
    /// `Unreadable` when the value is not an item.
    pub fn item(&self) -> Result<Item, StoreError> {
        item(&self.0)
    }
}

fn item(json: &[u8]) -> Result<Item, StoreError> {
    let attributes: HashMap<String, Attribute> =
        serde_json::from_slice(json).map_err(|cause| StoreError::unreadable("an item", cause))?;
    Ok(attributes.into_iter().map(|(name, Attribute(value))| (name, value)).collect())
}

/// The response to a request, in the service's own names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered<'a> {
    #[serde(borrow, default)]
    item: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    responses: HashMap<String, Vec<&'a RawValue>>,
    #[serde(default)]
    count: u64,
    #[serde(default)]
    scanned_count: u64,
    #[serde(borrow, default)]
    last_evaluated_key: Option<&'a RawValue>,
    #[serde(default)]
    unprocessed_keys: HashMap<String, UnprocessedKeys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnprocessedKeys {
    keys: Vec<HashMap<String, Attribute>>,
}

/// The response to a `GetItem`, a `BatchGetItem` or a `Query`.
#[derive(Debug, Default)]
pub struct Answer {
    /// The items, in their order.
    pub rows: Vec<Row>,
    /// Their number, also when items were only counted.
    pub count: u64,
    /// Their number before filtering.
    pub scanned: u64,
    /// Where to continue.
    pub next: Option<Item>,
    /// Keys to request again.
    pub left: Vec<Item>,
}

impl Answer {
    /// Parses a response as far as the boundaries of its items.
    ///
    /// # Errors
    /// `Unreadable` when the body is not such a response.
    pub fn read(body: &Bytes) -> Result<Self, StoreError> {
        let answered: Answered<'_> = serde_json::from_slice(body)
            .map_err(|cause| StoreError::unreadable("an answer of the table", cause))?;
        let found = answered
            .item
            .into_iter()
            .chain(answered.items)
            .chain(answered.responses.into_values().flatten());
        let rows = found.map(|row| Row(body.slice_ref(row.get().as_bytes()))).collect();
        let next = answered.last_evaluated_key.map(|key| item(key.get().as_bytes())).transpose()?;
        let plain = |key: HashMap<String, Attribute>| {
            key.into_iter().map(|(name, Attribute(value))| (name, value)).collect()
        };
        let left =
            answered.unprocessed_keys.into_values().flat_map(|keys| keys.keys).map(plain).collect();
        Ok(Self { rows, count: answered.count, scanned: answered.scanned_count, next, left })
    }
}

/// An attribute in the SDK's form.
struct Attribute(AttributeValue);

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        enum Typed {
            S(String),
            N(String),
            B(String),
            #[serde(rename = "BOOL")]
            Bool(bool),
            #[serde(rename = "NULL")]
            Null(bool),
            M(HashMap<String, Attribute>),
            L(Vec<Attribute>),
            #[serde(rename = "SS")]
            Ss(Vec<String>),
            #[serde(rename = "NS")]
            Ns(Vec<String>),
        }
        Ok(Self(match Typed::deserialize(json)? {
            Typed::S(text) => AttributeValue::S(text),
            Typed::N(number) => AttributeValue::N(number),
            Typed::B(bytes) => {
                AttributeValue::B(Blob::new(BASE64.decode(bytes).map_err(D::Error::custom)?))
            }
            Typed::Bool(value) => AttributeValue::Bool(value),
            Typed::Null(value) => AttributeValue::Null(value),
            Typed::M(map) => AttributeValue::M(
                map.into_iter().map(|(name, Self(value))| (name, value)).collect(),
            ),
            Typed::L(list) => {
                AttributeValue::L(list.into_iter().map(|Self(value)| value).collect())
            }
            Typed::Ss(set) => AttributeValue::Ss(set),
            Typed::Ns(set) => AttributeValue::Ns(set),
        }))
    }
}
