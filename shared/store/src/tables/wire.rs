//! Items as DynamoDB writes them: JSON in which each value names its type. They are decoded
//! directly into our types; the SDK would first make a map of strings of every item, which cost a
//! list more than everything else together.
//!
//! A call still goes through the SDK, with its signature, retries, timeouts and interceptors. Only
//! the body of a successful response is passed on unparsed.

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextMut},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{CowStrDeserializer, MapAccessDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;

use crate::{StoreError, item::Item};

tokio::task_local! {
    /// The body of the response to the call that this task makes.
    static ANSWER: RefCell<Bytes>;
}

/// Makes a call of the SDK and returns the body of its response; the SDK's own output is empty.
pub(crate) async fn body<T, E>(
    call: impl Future<Output = Result<T, E>> + Send,
) -> Result<Bytes, E> {
    // A call of the SDK is some kilobytes large, and each enclosing future would contain it again.
    let call = Box::pin(call);
    let answered = async {
        call.await?;
        Ok(ANSWER.with(RefCell::take))
    };
    ANSWER.scope(RefCell::default(), answered).await
}

/// Passes on the bodies that [`body`] requests. Every DynamoDB client has it.
#[derive(Debug)]
pub(crate) struct HandOver;

impl Intercept for HandOver {
    fn name(&self) -> &'static str {
        "HandOver"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        // The SDK parses errors.
        if response.status().is_success() && ANSWER.try_with(|_| ()).is_ok() {
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            *response.body_mut() =
                SdkBody::from_body_1_x(Kept { body, bytes: Vec::new(), done: false });
        }
        Ok(())
    }
}

/// The response body of the current call, for tests that intercept calls.
#[doc(hidden)]
pub fn answer() -> Option<Bytes> {
    ANSWER.try_with(|answer| answer.borrow().clone()).ok()
}

/// Keeps a body for [`body`], and looks like an empty response to the SDK.
struct Kept {
    body: SdkBody,
    bytes: Vec<u8>,
    done: bool,
}

impl Body for Kept {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        while !self.done {
            match ready!(Body::poll_frame(Pin::new(&mut self.body), context)) {
                Some(Ok(frame)) => {
                    self.bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data))
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.done = true;
                    let bytes = Bytes::from(std::mem::take(&mut self.bytes));
                    let _ = ANSWER.try_with(|answer| answer.replace(bytes));
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{}")))));
                }
            }
        }
        Poll::Ready(None)
    }
}

/// An item that is not decoded yet.
#[derive(Clone)]
pub struct Row(Bytes);

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row")
    }
}

/// An item, decoded or not.
pub trait Stored {
    /// Decodes it into a type.
    ///
    /// # Errors
    /// `Unreadable` when an attribute is missing or invalid.
    fn decode<T: DeserializeOwned>(self, entity: &'static str) -> Result<T, StoreError>;
}

impl Stored for Row {
    fn decode<T: DeserializeOwned>(self, entity: &'static str) -> Result<T, StoreError> {
        let mut json = serde_json::Deserializer::from_slice(&self.0);
        json.deserialize_map(Attributes(Whole::<T>(PhantomData)))
            .map_err(|cause| StoreError::unreadable(entity, cause))
    }
}

impl Stored for Item {
    fn decode<T: DeserializeOwned>(self, entity: &'static str) -> Result<T, StoreError> {
        serde_dynamo::from_item(self).map_err(|cause| StoreError::unreadable(entity, cause))
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

/// Reads a map of attributes and passes it to a visitor as a map of plain values.
struct Attributes<V>(V);

/// A visitor of a map of plain values.
trait MapReader<'de> {
    type Value;
    fn read<M: MapAccess<'de>>(
        self,
        map: MapAccessDeserializer<Plain<M>>,
    ) -> Result<Self::Value, M::Error>;
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> MapReader<'de> for Whole<T> {
    type Value = T;
    fn read<M: MapAccess<'de>>(self, map: MapAccessDeserializer<Plain<M>>) -> Result<T, M::Error> {
        T::deserialize(map)
    }
}

struct Nested<V>(V, Wanted);

impl<'de, V: Visitor<'de>> MapReader<'de> for Nested<V> {
    type Value = V::Value;
    fn read<M: MapAccess<'de>>(
        self,
        map: MapAccessDeserializer<Plain<M>>,
    ) -> Result<V::Value, M::Error> {
        match self.1 {
            Wanted::Enum => map.deserialize_enum("", &[], self.0),
            _ => map.deserialize_any(self.0),
        }
    }
}

impl<'de, R: MapReader<'de>> Visitor<'de> for Attributes<R> {
    type Value = R::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes by name")
    }
    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<R::Value, M::Error> {
        self.0.read(MapAccessDeserializer::new(Plain(map)))
    }
}

impl<'de, R: MapReader<'de>> DeserializeSeed<'de> for Attributes<R> {
    type Value = R::Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<R::Value, D::Error> {
        json.deserialize_map(self)
    }
}

/// A map or list of attributes, seen as one of plain values.
struct Plain<A>(A);

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Plain<M> {
    type Error = M::Error;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        self.0.next_key_seed(seed)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.0.next_value_seed(Typed(seed))
    }
}

impl<'de, S: SeqAccess<'de>> SeqAccess<'de> for Plain<S> {
    type Error = S::Error;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, S::Error> {
        self.0.next_element_seed(Typed(seed))
    }
}

/// One attribute, for a visitor of a plain value.
struct Typed<T>(T);

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Typed<T> {
    type Value = T::Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T::Value, D::Error> {
        self.0.deserialize(Value(json))
    }
}

/// The kind of value that a type requests, as far as it matters.
#[derive(Clone, Copy)]
enum Wanted {
    Any,
    Option,
    Enum,
}

struct Value<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Value<D> {
    type Error = D::Error;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Open(visitor, Wanted::Any))
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Open(visitor, Wanted::Option))
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Open(visitor, Wanted::Enum))
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_ignored_any(visitor)
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// Reads the name of an attribute's type, then its value.
struct Open<V>(V, Wanted);

#[derive(Clone, Copy, Deserialize)]
enum Type {
    S,
    N,
    B,
    #[serde(rename = "BOOL")]
    Bool,
    #[serde(rename = "NULL")]
    Null,
    M,
    L,
    #[serde(rename = "SS")]
    Set,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Open<V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute")
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<V::Value, M::Error> {
        let kind: Type =
            map.next_key()?.ok_or_else(|| M::Error::custom("an attribute has no type"))?;
        let opened = Opened { kind, map, wanted: Wanted::Any };
        match (self.1, kind) {
            (Wanted::Option, Type::Null) => {
                let Opened { mut map, .. } = opened;
                map.next_value::<IgnoredAny>()?;
                self.0.visit_none()
            }
            (Wanted::Option, _) => self.0.visit_some(opened),
            (wanted, _) => Opened { wanted, ..opened }.deserialize_any(self.0),
        }
    }
}

/// An attribute whose type tag is read.
struct Opened<M> {
    kind: Type,
    map: M,
    wanted: Wanted,
}

impl<'de, M: MapAccess<'de>> Deserializer<'de> for Opened<M> {
    type Error = M::Error;
    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, M::Error> {
        match self.kind {
            Type::S => match self.wanted {
                Wanted::Enum => {
                    let variant: Text<'de> = self.map.next_value()?;
                    CowStrDeserializer::new(variant.0).deserialize_enum("", &[], visitor)
                }
                _ => self.map.next_value_seed(Text1(visitor)),
            },
            Type::N => {
                let digits: Text<'de> = self.map.next_value()?;
                number(&digits.0, visitor)
            }
            Type::B => {
                let text: Text<'de> = self.map.next_value()?;
                visitor.visit_byte_buf(BASE64.decode(text.0.as_bytes()).map_err(M::Error::custom)?)
            }
            Type::Bool => visitor.visit_bool(self.map.next_value()?),
            Type::Null => {
                self.map.next_value::<IgnoredAny>()?;
                visitor.visit_unit()
            }
            Type::M => self.map.next_value_seed(Attributes(Nested(visitor, self.wanted))),
            Type::L => self.map.next_value_seed(List(visitor)),
            Type::Set => self.map.next_value_seed(Set(visitor)),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, M::Error> {
        visitor.visit_some(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, M::Error> {
        Self { wanted: Wanted::Enum, ..self }.deserialize_any(visitor)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, M::Error> {
        visitor.visit_newtype_struct(self)
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// A number is written as text, so that no digits are lost.
fn number<'de, V: Visitor<'de>, E: Error>(digits: &str, visitor: V) -> Result<V::Value, E> {
    if let Ok(number) = digits.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = digits.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    visitor.visit_f64(digits.parse().map_err(|_| E::custom("a number has no digits"))?)
}

/// A text, borrowed where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

struct Text1<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Text1<V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        json.deserialize_str(self.0)
    }
}

/// A list of attributes.
struct List<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for List<V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for List<V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of attributes")
    }
    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<V::Value, S::Error> {
        self.0.visit_seq(Plain(seq))
    }
}

/// A set: a list of texts without types.
struct Set<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Set<V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        json.deserialize_seq(self.0)
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
