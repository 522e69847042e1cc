//! Arrays where objects are expected. Derived deserializers also read the fields of an object from an
//! array, in their order, which no client means.

use provost_domain::ApiError;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::inline;

/// Checks that no array stands in the place of an object.
///
/// # Errors
/// `VALIDATION_FAILED` on its path.
pub(super) fn check<T: JsonSchema>(value: &Value) -> Result<(), ApiError> {
    // The schema is only made for the few bodies in which something could be wrong.
    if !holds_array(value) {
        return Ok(());
    }
    let schema = inline::<T>(&mut SchemaGenerator::default());
    match misplaced(value, &schema, String::new()) {
        None => Ok(()),
        Some(path) => Err(ApiError::field(
            path,
            "invalid",
            "This is an array. Send an object with named fields.",
        )),
    }
}

fn holds_array(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Object(members) => members.values().any(holds_array),
        _ => false,
    }
}

/// The path of the first array that the schema does not allow.
fn misplaced(value: &Value, schema: &Value, path: String) -> Option<String> {
    let below = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    let choices = ["anyOf", "oneOf"].iter().find_map(|name| schema.get(name)?.as_array());
    if let Some(choices) = choices {
        let found: Option<Vec<_>> =
            choices.iter().map(|choice| misplaced(value, choice, path.clone())).collect();
        return found.and_then(|paths| paths.into_iter().next());
    }
    match value {
        Value::Array(items) => {
            if !takes_array(schema) {
                return Some(path);
            }
            let schema = schema.get("items")?;
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| misplaced(item, schema, below(&index.to_string())))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let property = schema.get("properties").and_then(|known| known.get(name));
            let schema = property.or_else(|| schema.get("additionalProperties"))?;
            misplaced(member, schema, below(name))
        }),
        _ => None,
    }
}

/// Whether a schema allows an array. One without a type allows anything.
fn takes_array(schema: &Value) -> bool {
    match schema.get("type") {
        None => true,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "array"),
        Some(kind) => kind == "array",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema matters")]
    struct Links {
        website: Option<String>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema matters")]
    struct Request {
        links: Option<Links>,
        all: Vec<Links>,
        names: Option<Vec<String>>,
        anything: Value,
    }

    fn wrong(value: Value) -> Option<String> {
        check::<Request>(&value).err().map(|error| error.fields[0].field.clone())
    }

    #[test]
    fn an_array_in_the_place_of_an_object_is_refused_with_its_path() {
        assert_eq!(wrong(json!({"links": [null]})).as_deref(), Some("links"));
        assert_eq!(wrong(json!({"all": [{"website": null}, [null]]})).as_deref(), Some("all.1"));
        assert_eq!(wrong(json!([])).as_deref(), Some(""));
    }

    #[test]
    fn arrays_that_are_expected_are_accepted() {
        let value = json!({
            "links": {"website": null}, "all": [{}], "names": ["a"], "anything": [[1]],
        });
        assert_eq!(wrong(value), None);
        assert_eq!(wrong(json!({"names": null, "all": []})), None);
    }
}
