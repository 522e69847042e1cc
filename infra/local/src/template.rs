//! Reads a CloudFormation template as plain JSON, with the short tags (`!Ref`, `!GetAtt`, `!Sub`…)
//! converted to their long form, and resolves references.

use crate::{Error, Result};
use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;
use std::collections::BTreeMap;

/// Reads a template as JSON: `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt A.B` becomes
/// `{"Fn::GetAtt": ["A", "B"]}`, any other `!Name x` becomes `{"Fn::Name": x}`.
///
/// # Errors
/// [`Error::Template`] when the text is not YAML or has a key that is not text.
pub fn read(yaml: &str) -> Result<Value> {
    let parsed: Yaml =
        serde_yaml_ng::from_str(yaml).map_err(|cause| Error::Template(cause.to_string()))?;
    plain(parsed)
}

fn plain(value: Yaml) -> Result<Value> {
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(yes) => Value::Bool(yes),
        Yaml::Number(number) => {
            serde_json::to_value(number).map_err(|cause| Error::Template(cause.to_string()))?
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(plain).collect::<Result<_>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                object.insert(key_text(key)?, plain(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => long_form(&tagged.tag.to_string(), plain(tagged.value)?),
    })
}

fn key_text(key: Yaml) -> Result<String> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(yes) => Ok(yes.to_string()),
        other => Err(Error::Template(format!("a key must be text, not {other:?}"))),
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    match tag.trim_start_matches('!') {
        "Ref" => json!({ "Ref": value }),
        "Condition" => json!({ "Condition": value }),
        "GetAtt" => {
            let parts = match &value {
                Value::String(dotted) => match dotted.split_once('.') {
                    Some((id, attribute)) => json!([id, attribute]),
                    None => json!([dotted]),
                },
                _ => value,
            };
            json!({ "Fn::GetAtt": parts })
        }
        name => {
            let mut object = Map::new();
            object.insert(format!("Fn::{name}"), value);
            Value::Object(object)
        }
    }
}

/// A resource of a template.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub id: String,
    pub kind: String,
    pub properties: Value,
}

/// The target of a reference: a resource's logical id and an attribute (`Ref` for the resource
/// itself).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub id: String,
    pub attribute: String,
}

/// The root template and the nested stack with the data, combined.
#[derive(Debug)]
pub(crate) struct Stack {
    root: Value,
    data: Value,
}

impl Stack {
    pub(crate) fn read(template: &str, data: &str) -> Result<Self> {
        Ok(Self { root: read(template)?, data: read(data)? })
    }

    /// Every resource of both templates, sorted by logical id so that starts are deterministic.
    pub(crate) fn resources(&self) -> Vec<Resource> {
        let mut found = BTreeMap::new();
        for document in [&self.root, &self.data] {
            for (id, resource) in document["Resources"].as_object().into_iter().flatten() {
                let resource = Resource {
                    id: id.clone(),
                    kind: resource["Type"].as_str().unwrap_or_default().to_owned(),
                    properties: resource["Properties"].clone(),
                };
                found.insert(id.clone(), resource);
            }
        }
        found.into_values().collect()
    }

    /// The root's `Globals` for all functions.
    pub(crate) fn globals(&self) -> &Value {
        &self.root["Globals"]["Function"]
    }

    /// Resolves a `Ref` or `GetAtt`, through the nested stack's outputs, to a resource. Of an `If`
    /// it uses the declared resource: the other one is outside the templates and named by a
    /// parameter, such as a restored table.
    pub(crate) fn target(&self, value: &Value) -> Option<Target> {
        if let Some(choice) = value["Fn::If"].as_array() {
            return choice.iter().skip(1).find_map(|branch| self.target(branch));
        }
        if let Some(id) = value["Ref"].as_str() {
            return self
                .declared(id)
                .then(|| Target { id: id.to_owned(), attribute: "Ref".to_owned() });
        }
        let parts = value["Fn::GetAtt"].as_array()?;
        let id = parts.first()?.as_str()?;
        let attribute =
            parts.iter().skip(1).filter_map(Value::as_str).collect::<Vec<_>>().join(".");
        if let Some(output) = attribute.strip_prefix("Outputs.") {
            return self.target(&self.data["Outputs"][output]["Value"]);
        }
        self.declared(id).then(|| Target { id: id.to_owned(), attribute })
    }

    fn declared(&self, id: &str) -> bool {
        [&self.root, &self.data].iter().any(|document| document["Resources"][id].is_object())
    }

    /// A scalar as text; a parameter is replaced by its default.
    pub(crate) fn text(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Object(object) => {
                if let Some(Value::String(text)) = object.get("Fn::Sub") {
                    return Some(text.clone());
                }
                let name = object.get("Ref")?.as_str()?;
                let default = [&self.root, &self.data]
                    .into_iter()
                    .map(|document| &document["Parameters"][name]["Default"])
                    .find(|default| !default.is_null())?;
                self.text(default)
            }
            _ => None,
        }
    }

    pub(crate) fn number(&self, value: &Value) -> Option<u64> {
        self.text(value)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_are_converted_to_their_long_form() {
        let read = read("A: !GetAtt Data.Outputs.MailQueueUrl\nB: !Sub 'x-${C}'\nC: [!Ref D]\nE: !Select [0, [a]]").unwrap();
        assert_eq!(
            read,
            json!({
                "A": { "Fn::GetAtt": ["Data", "Outputs.MailQueueUrl"] },
                "B": { "Fn::Sub": "x-${C}" },
                "C": [{ "Ref": "D" }],
                "E": { "Fn::Select": [0, ["a"]] },
            })
        );
    }

    #[test]
    fn a_reference_is_resolved_through_the_nested_stack() {
        let stack = Stack::read(
            "Resources: { Data: { Type: 'AWS::CloudFormation::Stack' } }",
            "Resources: { T: { Type: 'AWS::DynamoDB::Table' } }\nOutputs: { S: { Value: !GetAtt T.StreamArn } }",
        )
        .unwrap();
        let target = stack.target(&json!({ "Fn::GetAtt": ["Data", "Outputs.S"] }));
        assert_eq!(target, Some(Target { id: "T".into(), attribute: "StreamArn".into() }));
        assert_eq!(stack.target(&json!({ "Ref": "Nothing" })), None);
        let restored =
            json!({ "Fn::If": ["Restored", { "Ref": "RestoredTable" }, { "Ref": "T" }] });
        assert_eq!(
            stack.target(&restored),
            Some(Target { id: "T".into(), attribute: "Ref".into() }),
            "a parameter is not a resource"
        );
    }
}
