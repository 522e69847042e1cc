//! One view in both casings: `/api` answers in camelCase and `/v1` in snake_case.
//!
//! A view is written once, in camelCase. [`Snake`] serialises it with its field names in
//! snake_case, and derives the schema from the view's schema in the same way. The names of a
//! struct's fields, at any depth, are renamed. The keys of a map are data, such as the names of
//! settings, and stay as they are; so do the values of enums. Lists of field names in a view's
//! values, such as `redacted`, are values and stay too.
//!
//! serde tells structs and maps apart, except for a struct with `#[serde(flatten)]`, which it
//! serialises as a map of unknown length; maps of data know their length. A view may therefore
//! flatten another view, but not a map of data, whose keys would be renamed.

mod serializer;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{PoisonError, RwLock},
};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use serializer::ToSnake;

/// A view that is also returned in snake_case.
pub trait SnakeView: Serialize + JsonSchema {
    /// The name of the schema in snake_case.
    const SCHEMA: &'static str;
    /// The description of the schema in snake_case, if it differs from that of the view.
    const DESCRIPTION: Option<&'static str> = None;
}

/// A view with its field names in snake_case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snake<T>(pub T);

impl<T: Serialize> Serialize for Snake<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(ToSnake(serializer))
    }
}

impl<T> From<T> for Snake<T> {
    fn from(view: T) -> Self {
        Self(view)
    }
}

/// The end of the name of a schema that exists only in snake_case because its view contains it.
const TWIN: &str = "V1";

impl<T: SnakeView> JsonSchema for Snake<T> {
    fn schema_name() -> Cow<'static, str> {
        T::SCHEMA.into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("snake_case {}", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut own = SchemaGenerator::new(generator.settings().clone());
        let mut view = T::json_schema(&mut own);
        let definitions = own.take_definitions(false);
        let path = format!("#{}/", generator.settings().definitions_path);
        let twins = twins(&definitions, &path);
        for (name, mut schema) in definitions {
            let name = if twins.contains(&name) {
                rename_schema(&mut schema, &twins, &path);
                name + TWIN
            } else {
                name
            };
            generator.definitions_mut().entry(name).or_insert(schema);
        }
        rename_members(view.ensure_object(), &twins, &path);
        if let Some(description) = T::DESCRIPTION {
            view.insert("description".to_owned(), description.into());
        }
        view
    }
}

/// The definitions that have another form in snake_case: they name a field in two words, or refer
/// to a definition that does.
fn twins(definitions: &Map<String, Value>, path: &str) -> BTreeSet<String> {
    let mut twins = BTreeSet::new();
    loop {
        let differs = |schema: &Value| {
            let mut renamed = schema.clone();
            rename_schema(&mut renamed, &twins, path);
            renamed != *schema
        };
        let more: Vec<String> = definitions
            .iter()
            .filter(|(name, schema)| !twins.contains(*name) && differs(schema))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return twins;
        }
        twins.extend(more);
    }
}

/// Renames the fields in a schema, and points references to the twins.
fn rename_schema(schema: &mut Value, twins: &BTreeSet<String>, path: &str) {
    match schema {
        Value::Object(members) => rename_members(members, twins, path),
        Value::Array(items) => items.iter_mut().for_each(|item| rename_schema(item, twins, path)),
        _ => {}
    }
}

fn rename_members(members: &mut Map<String, Value>, twins: &BTreeSet<String>, path: &str) {
    for (keyword, value) in members.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                let fields = std::mem::take(properties);
                for (name, mut field) in fields {
                    rename_schema(&mut field, twins, path);
                    properties.insert(snake_case(&name), field);
                }
            }
            ("required", Value::Array(names)) => {
                for name in names {
                    if let Value::String(name) = name {
                        *name = snake_case(name);
                    }
                }
            }
            ("$ref", Value::String(target)) => {
                if target.strip_prefix(path).is_some_and(|name| twins.contains(name)) {
                    target.push_str(TWIN);
                }
            }
            // Values, not schemas.
            ("const" | "default" | "enum" | "examples", _) => {}
            (_, value) => rename_schema(value, twins, path),
        }
    }
}

/// A name in snake_case.
fn snake_case(name: &str) -> String {
    let mut renamed = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            renamed.push('_');
        }
        renamed.push(letter.to_ascii_lowercase());
    }
    renamed
}

/// The name of a field in snake_case. Serializers take constants, so each name in two words is
/// kept for the life of the process; there are as many as the views have fields.
fn field(name: &'static str) -> &'static str {
    static RENAMED: RwLock<BTreeMap<&'static str, &'static str>> = RwLock::new(BTreeMap::new());
    // Names with a dollar sign are serde_json's own, for values such as raw JSON.
    if name.starts_with('$') || !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return name;
    }
    if let Some(known) = RENAMED.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        return known;
    }
    let mut renamed = RENAMED.write().unwrap_or_else(PoisonError::into_inner);
    renamed.entry(name).or_insert_with(|| snake_case(name).leak())
}

#[cfg(test)]
mod tests;
