//! Items: conversion between the domain's types and DynamoDB's attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// Attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// An item, decoded or not.
pub trait Stored {
    /// Decodes it into a type.
    ///
    /// # Errors
    /// `Unreadable` when an attribute is missing or invalid.
    fn decode<T: DeserializeOwned>(self, entity: &'static str) -> Result<T, StoreError>;
}

impl Stored for Item {
    fn decode<T: DeserializeOwned>(self, entity: &'static str) -> Result<T, StoreError> {
        serde_dynamo::from_item(self).map_err(|cause| StoreError::unreadable(entity, cause))
    }
}

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl Key {
    /// Creates a key.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The key as attributes.
    pub fn attributes(&self) -> Item {
        HashMap::from([("pk".to_owned(), s(&self.pk)), ("sk".to_owned(), s(&self.sk))])
    }
}

/// A string attribute.
pub fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Turns a value into an item under a key.
///
/// # Errors
/// `Unreadable` when the value cannot be serialized.
pub fn encode<T: Serialize>(
    entity: &'static str,
    key: &Key,
    value: &T,
) -> Result<Item, StoreError> {
    let mut item: Item =
        serde_dynamo::to_item(value).map_err(|cause| StoreError::unreadable(entity, cause))?;
    item.extend(key.attributes());
    Ok(item)
}

/// Reads a value from an item; unknown attributes are ignored, so an older version can read what a
/// newer one wrote.
///
/// # Errors
/// `Unreadable` when an attribute is missing or invalid.
pub fn decode<T: DeserializeOwned>(
    entity: &'static str,
    item: impl Stored,
) -> Result<T, StoreError> {
    item.decode(entity)
}
