//! Settings of a user's portal: a JSON object of limited size, which users change by patches.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ApiError;

/// Maximum size of the settings, in bytes of JSON.
const MAX_SIZE: usize = 16 << 10;
/// Maximum nesting depth of the settings; DynamoDB allows 32.
const MAX_DEPTH: usize = 8;

/// Merges a patch into the settings (RFC 7396): null removes a setting.
///
/// # Errors
/// `VALIDATION_FAILED` on `settings` when the result is too large, too deep, or cannot be stored.
pub fn merge(
    settings: &mut BTreeMap<String, Value>,
    patch: serde_json::Map<String, Value>,
) -> Result<(), ApiError> {
    let mut whole = Value::Object(std::mem::take(settings).into_iter().collect());
    merge_value(&mut whole, Value::Object(patch));
    check(&whole, 1)?;
    if whole.to_string().len() > MAX_SIZE {
        return Err(ApiError::field(
            "settings",
            "too_long",
            "The settings are too large. Use at most 16 KiB of JSON.",
        ));
    }
    if let Value::Object(merged) = whole {
        *settings = merged.into_iter().collect();
    }
    Ok(())
}

fn merge_value(to: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *to = patch;
        return;
    };
    if !to.is_object() {
        *to = Value::Object(serde_json::Map::new());
    }
    let Value::Object(to) = to else { return };
    for (name, value) in patch {
        if value.is_null() {
            to.remove(&name);
        } else {
            merge_value(to.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn check(value: &Value, depth: usize) -> Result<(), ApiError> {
    if depth > MAX_DEPTH {
        return Err(ApiError::field(
            "settings",
            "too_deep",
            "The settings are nested too deeply. Use at most eight levels.",
        ));
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if name.is_empty() || name.len() > 64 {
                    return Err(ApiError::field(
                        "settings",
                        "invalid",
                        "The name of a setting must be 1 to 64 bytes long.",
                    ));
                }
                check(value, depth + 1)?;
            }
        }
        Value::Array(values) => {
            for value in values {
                check(value, depth + 1)?;
            }
        }
        Value::Number(number) => {
            let size = number.as_f64().unwrap_or(f64::INFINITY).abs();
            // Well within the number range of DynamoDB and of every JSON client.
            if size > 9_007_199_254_740_992.0 || (size > 0.0 && size < 1e-30) {
                return Err(ApiError::field(
                    "settings",
                    "out_of_range",
                    "A number is out of range. Use numbers between -2^53 and 2^53.",
                ));
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(before: Value, patch: Value) -> Result<Value, ApiError> {
        let mut settings: BTreeMap<String, Value> = serde_json::from_value(before).unwrap();
        merge(&mut settings, patch.as_object().unwrap().clone())?;
        Ok(json!(settings))
    }

    #[test]
    fn omitted_settings_are_kept_and_null_removes_a_setting() {
        let after = merged(
            json!({"theme": "dark", "editor": {"tab": 2, "wrap": true}}),
            json!({"editor": {"tab": 4, "wrap": null}, "locale": "nb"}),
        );
        assert_eq!(after.unwrap(), json!({"theme": "dark", "editor": {"tab": 4}, "locale": "nb"}));
    }

    #[test]
    fn settings_that_dynamodb_cannot_store_are_refused() {
        let mut deep = json!(1);
        for _ in 0..9 {
            deep = json!({ "a": deep });
        }
        let long = "x".repeat(MAX_SIZE);
        for patch in [
            deep,
            json!({"": 1}),
            json!({"n": 1e300}),
            json!({"n": 1e-200}),
            json!({"text": long}),
            json!({"x".repeat(65): 1}),
        ] {
            assert!(merged(json!({}), patch).is_err());
        }
    }
}
