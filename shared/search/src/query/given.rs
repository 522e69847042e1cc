//! The parameters of a request, before their values are understood: from a query string, or from
//! the JSON object of a bulk action.

use percent_encoding::percent_decode_str;
use provost_domain::ApiError;
use serde_json::{Map, Value as Json};

use super::{
    errors,
    key::{self, Key},
};
use crate::record::is_present;

/// Maximum number of different parameters.
const MAX_PARAMETERS: usize = 64;
/// Maximum number of different values of a parameter.
pub(super) const MAX_VALUES: usize = 100;

/// A parameter with its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Given<'a> {
    /// The parameter.
    pub key: Key<'a>,
    /// Its name as it was sent, for errors.
    pub place: String,
    /// The values: at least one, and exactly one where the parameter takes no more.
    pub values: Vec<Value>,
}

/// A value that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The text, or the number or truth value as JSON writes it.
    pub text: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where a value comes from, which decides what types it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A query string, in which everything is text.
    Query,
    /// A string of JSON.
    String,
    /// A number of JSON.
    Number,
    /// `true` or `false` of JSON.
    Bool,
}

/// What type a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Bool,
}

impl Given<'_> {
    /// The texts of all values.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a value of another type.
    pub(super) fn texts(&self, wanted: Type) -> Result<Vec<&str>, ApiError> {
        self.values.iter().map(|value| value.as_type(&self.place, wanted)).collect()
    }

    /// The text of the only value.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a value of another type.
    pub(super) fn text(&self, wanted: Type) -> Result<&str, ApiError> {
        match self.values.as_slice() {
            [value] => value.as_type(&self.place, wanted),
            [] => Err(errors::empty(&self.place)),
            _ => Err(errors::repeated(&self.place)),
        }
    }
}

impl Value {
    fn as_type(&self, place: &str, wanted: Type) -> Result<&str, ApiError> {
        let fits = matches!(
            (self.source, wanted),
            (Source::Query, _)
                | (Source::String, Type::Text)
                | (Source::Number, Type::Number)
                | (Source::Bool, Type::Bool)
        );
        let sentence = match wanted {
            _ if fits => return Ok(&self.text),
            Type::Text => "This value has the wrong type. Write a string.",
            Type::Number => "This value has the wrong type. Write a number, without quotes.",
            Type::Bool => "This value has the wrong type. Write true or false, without quotes.",
        };
        Err(errors::invalid(place, sentence))
    }
}

/// Reads a query string as it was received. A comma separates values, an encoded one (`%2C`) is
/// part of a value. `key` is the parameter with a name, `names` are all names.
///
/// # Errors
/// `UNKNOWN_PARAMETER`, with the nearest name; `VALIDATION_FAILED` for an empty value, too many
/// values, or several where one is expected.
pub(super) fn from_query<'a>(
    query: &str,
    key: impl Fn(&str) -> Option<Key<'a>>,
    names: impl Fn() -> Vec<String>,
) -> Result<Vec<Given<'a>>, ApiError> {
    let mut all = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        let Some(key) = key(&name) else {
            return Err(errors::unknown_parameter(&name, names().iter().map(String::as_str)));
        };
        let separator = if key.is_list() { Some(',') } else { None };
        let mut values = Vec::new();
        for part in value.split(|c| Some(c) == separator) {
            values.push(Value { text: decode(part)?, source: Source::Query });
        }
        add(&mut all, key, name, values)?;
    }
    Ok(all)
}

/// Reads the `filter` of a bulk action: the parameters of the list that say which users are meant,
/// as the fields of an object. A field with several values is an array.
///
/// # Errors
/// As for a query string.
pub(super) fn from_json(object: &Map<String, Json>) -> Result<Vec<Given<'static>>, ApiError> {
    let mut all = Vec::new();
    for (name, value) in object {
        let Some(key) = Key::parse(name, &[]).filter(|key| key.selects()) else {
            let names = key::names(&[]);
            let known = names.iter().map(String::as_str);
            let known = known.filter(|name| Key::parse(name, &[]).is_some_and(Key::selects));
            return Err(errors::unknown_parameter(name, known));
        };
        let place = format!("filter.{name}");
        let values = match value {
            Json::Array(values) if key.is_list() => {
                values.iter().map(|value| scalar(&place, value)).collect::<Result<_, _>>()?
            }
            value => vec![scalar(&place, value)?],
        };
        add(&mut all, key, place, values)?;
    }
    Ok(all)
}

fn scalar(place: &str, value: &Json) -> Result<Value, ApiError> {
    match value {
        Json::String(text) => Ok(Value { text: text.clone(), source: Source::String }),
        Json::Number(number) => Ok(Value { text: number.to_string(), source: Source::Number }),
        Json::Bool(yes) => Ok(Value { text: yes.to_string(), source: Source::Bool }),
        Json::Null | Json::Array(_) | Json::Object(_) => Err(errors::invalid(
            place,
            "This value has the wrong type. Write a string, a number, true or false, or an array \
             of strings where several values are possible.",
        )),
    }
}

/// Adds the values to those that the parameter has.
fn add<'a>(
    all: &mut Vec<Given<'a>>,
    key: Key<'a>,
    place: String,
    values: Vec<Value>,
) -> Result<(), ApiError> {
    if values.is_empty() || values.iter().any(|value| !is_present(&value.text)) {
        return Err(errors::empty(&place));
    }
    let at = all.iter().position(|given| given.key == key).unwrap_or_else(|| {
        all.push(Given { key, place, values: Vec::new() });
        all.len() - 1
    });
    if all.len() > MAX_PARAMETERS {
        return Err(errors::too_many(&all[at].place, MAX_PARAMETERS));
    }
    let given = &mut all[at];
    if !key.is_list() && !given.values.is_empty() {
        return Err(errors::repeated(&given.place));
    }
    for value in values {
        if !given.values.contains(&value) {
            given.values.push(value);
        }
        if given.values.len() > MAX_VALUES {
            return Err(errors::too_many(&given.place, MAX_VALUES));
        }
    }
    Ok(())
}

/// Decodes a part of a query string: a plus is a blank.
fn decode(encoded: &str) -> Result<String, ApiError> {
    let blanks = encoded.replace('+', " ");
    match percent_decode_str(&blanks).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(errors::not_utf8()),
    }
}
