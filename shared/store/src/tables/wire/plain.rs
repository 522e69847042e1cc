//! Attributes as plain values: a deserializer that reads the type of each value and hides it from
//! the type that is decoded.

use std::{fmt, marker::PhantomData};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{CowStrDeserializer, MapAccessDeserializer},
    },
    forward_to_deserialize_any,
};

/// Decodes an item into a type.
pub(super) fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(json: D) -> Result<T, D::Error> {
    json.deserialize_map(Attributes(Decoded::<T>(PhantomData)))
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

struct Decoded<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> MapReader<'de> for Decoded<T> {
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
                _ => self.map.next_value_seed(StringValue(visitor)),
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

struct StringValue<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for StringValue<V> {
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
