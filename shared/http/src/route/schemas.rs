//! The schemas of the inputs and responses of all routes.

use std::collections::BTreeSet;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use crate::problem;

/// The schemas of a document. A request may omit what has a default; a response omits only what its
/// type omits.
#[derive(Debug)]
pub struct Schemas {
    /// Schemas of requests.
    pub inputs: SchemaGenerator,
    /// Schemas of responses.
    pub answers: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = |path: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = path.into())
        };
        Self {
            inputs: settings("/components/inputs").into_generator(),
            answers: settings("/components/schemas").for_serialize().into_generator(),
        }
    }

    /// All schemas by name; updates the references in `paths`. A type that differs between requests
    /// and responses has two schemas, and the one of requests ends in `Input`.
    pub(crate) fn finish(mut self, paths: &mut Value) -> Map<String, Value> {
        let mut schemas: Map<String, Value> =
            self.answers.take_definitions(true).into_iter().collect();
        let mut inputs: Map<String, Value> =
            self.inputs.take_definitions(true).into_iter().collect();
        // A type that contains a type with two schemas needs two schemas as well, so this repeats
        // until nothing changes.
        let mut apart = BTreeSet::new();
        loop {
            let differs = |(name, schema): (&String, &Value)| {
                let mut schema = schema.clone();
                name_inputs(&mut schema, &apart);
                schemas.get(name).is_some_and(|answered| *answered != schema).then(|| name.clone())
            };
            let more: Vec<String> = inputs
                .iter()
                .filter(|(name, _)| !apart.contains(*name))
                .filter_map(differs)
                .collect();
            if more.is_empty() {
                break;
            }
            apart.extend(more);
        }
        inputs.values_mut().for_each(|schema| name_inputs(schema, &apart));
        name_inputs(paths, &apart);
        for (name, schema) in inputs {
            let name = if apart.contains(&name) { format!("{name}Input") } else { name };
            schemas.entry(name).or_insert(schema);
        }
        // A generated client would demand what has a default; the description says what it is.
        for schema in schemas.values_mut() {
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
                property.as_object_mut().map(|property| property.remove("default"));
            }
        }
        schemas.insert("Problem".to_owned(), problem::schema());
        schemas.sort_keys();
        schemas
    }
}

/// Points each reference of an input to the input's schema.
fn name_inputs(value: &mut Value, apart: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().and_then(|target| target.strip_prefix("#/components/inputs/"))
                {
                    Some(input) if name == "$ref" => {
                        let suffix = if apart.contains(input) { "Input" } else { "" };
                        *member = format!("#/components/schemas/{input}{suffix}").into();
                    }
                    _ => name_inputs(member, apart),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(|member| name_inputs(member, apart)),
        _ => {}
    }
}
