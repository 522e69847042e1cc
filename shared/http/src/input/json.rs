//! JSON input. Most parsers use the last value of a repeated field and some the first (RFC 8259,
//! section 4), so checking a request with one and acting on it with the other would be misleading.
//! A repeated field is rejected by name, at any depth.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reasons why a body was not parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InvalidJson {
    /// Not JSON in UTF-8.
    Malformed,
    /// This field is repeated.
    Repeated(String),
}

/// Parses a JSON text without repeated fields.
///
/// # Errors
/// [`InvalidJson`].
pub(crate) fn read(text: &[u8]) -> Result<Value, InvalidJson> {
    let place = Place { repeated: RefCell::new(None) };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = At { place: &place, path: String::new() }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|_| place.repeated.take().map_or(InvalidJson::Malformed, InvalidJson::Repeated))
}

/// The place to record a repeated field.
struct Place {
    repeated: RefCell<Option<String>>,
}

/// Parses one value at a path.
struct At<'a> {
    place: &'a Place,
    path: String,
}

impl At<'_> {
    fn below(&self, name: &str) -> At<'_> {
        let path =
            if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        At { place: self.place, path }
    }
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(value) = values.next_element_seed(self.below(&read.len().to_string()))? {
            read.push(value);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let at = self.below(&name);
            if read.contains_key(&name) {
                *self.place.repeated.borrow_mut() = Some(at.path.chars().take(128).collect());
                return Err(A::Error::custom("a field is given twice"));
            }
            let value = fields.next_value_seed(at)?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_without_repeated_fields_is_parsed_unchanged() {
        let text = br#"{"a": [1, -2, 1.5, 18446744073709551615, {"b": null}], "c": "\u00e9", "d": {"a": true}}"#;
        assert_eq!(
            read(text),
            Ok(
                json!({"a": [1, -2, 1.5, 18_446_744_073_709_551_615_u64, {"b": null}], "c": "é", "d": {"a": true}})
            )
        );
    }

    #[test]
    fn a_repeated_field_is_named_at_any_depth() {
        for (text, field) in [
            (r#"{"email": "a@x.example", "email": "b@x.example"}"#, "email"),
            (r#"{"settings": {"theme": {"a": 1, "b": 2, "a": 1}}}"#, "settings.theme.a"),
            (r#"{"list": [{}, {"id": 1, "id": 1}]}"#, "list.1.id"),
            (r#"{"id": 1, "\u0069d": 1}"#, "id"),
        ] {
            assert_eq!(
                read(text.as_bytes()),
                Err(InvalidJson::Repeated(field.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn text_that_is_not_json_is_malformed() {
        for text in [
            &b"{"[..],
            b"{} {}",
            b"{\"a\": \"\xff\"}",
            b"{\"a\": \"\\ud800\"}",
            b"\xef\xbb\xbf{}",
            b"",
            "[".repeat(200).as_bytes(),
        ] {
            assert_eq!(read(text), Err(InvalidJson::Malformed), "{text:?}");
        }
    }
}
