//! Filters for stream records of a function: the event patterns of `FilterCriteria`.
//!
//! A pattern is an object in the shape of the event; each leaf is a list of values or conditions,
//! one of which must match. Patterns of one source are alternatives.

use crate::{Error, Result};
use serde_json::Value;

/// An event pattern. Parsing validates it, so that a misspelt condition never drops events
/// silently.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Value);

impl Pattern {
    /// Parses the JSON text of a pattern.
    ///
    /// # Errors
    /// [`Error::Template`] when it is not JSON, or uses an unsupported condition.
    pub fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| Error::Template(format!("filter pattern: {cause}")))?;
        check(&value)?;
        Ok(Self(value))
    }

    /// Whether the event matches this pattern.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        holds(&self.0, Some(event))
    }
}

const CONDITIONS: [&str; 6] =
    ["prefix", "suffix", "exists", "anything-but", "equals-ignore-case", "numeric"];

fn check(pattern: &Value) -> Result<()> {
    match pattern {
        Value::Object(fields) => fields.values().try_for_each(check),
        Value::Array(choices) => {
            for choice in choices {
                if let Value::Object(condition) = choice {
                    for name in condition.keys() {
                        if !CONDITIONS.contains(&name.as_str()) {
                            return Err(Error::Template(format!(
                                "the filter condition {name:?} is not known"
                            )));
                        }
                    }
                }
            }
            Ok(())
        }
        other => Err(Error::Template(format!("a filter pattern ends in a list, not in {other}"))),
    }
}

fn holds(pattern: &Value, found: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, inner)| holds(inner, found.and_then(|event| event.get(name))))
        }
        Value::Array(choices) => choices.iter().any(|choice| chosen(choice, found)),
        _ => false,
    }
}

fn chosen(choice: &Value, found: Option<&Value>) -> bool {
    let Value::Object(condition) = choice else {
        return match found {
            Some(Value::Array(values)) => values.contains(choice),
            Some(value) => value == choice,
            None => false,
        };
    };
    condition.iter().all(|(name, wanted)| condition_holds(name, wanted, found))
}

fn condition_holds(name: &str, wanted: &Value, found: Option<&Value>) -> bool {
    let text = found.and_then(Value::as_str);
    let words = wanted.as_str();
    match name {
        "exists" => wanted.as_bool() == Some(found.is_some()),
        "prefix" => matches!((text, words), (Some(text), Some(words)) if text.starts_with(words)),
        "suffix" => matches!((text, words), (Some(text), Some(words)) if text.ends_with(words)),
        "equals-ignore-case" => {
            matches!((text, words), (Some(text), Some(words)) if text.eq_ignore_ascii_case(words))
        }
        "anything-but" => match (found, wanted) {
            (None, _) => false,
            (Some(_), Value::Object(inner)) => {
                !inner.iter().all(|(name, wanted)| condition_holds(name, wanted, found))
            }
            (Some(value), Value::Array(refused)) => !refused.contains(value),
            (Some(value), refused) => value != refused,
        },
        "numeric" => numeric_holds(wanted, found),
        _ => false,
    }
}

/// `["<", 10, ">=", 0]` for a number, or for DynamoDB's numbers, which are strings.
fn numeric_holds(wanted: &Value, found: Option<&Value>) -> bool {
    let number = match found {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let (Some(number), Some(comparisons)) = (number, wanted.as_array()) else {
        return false;
    };
    comparisons.chunks(2).all(|comparison| {
        let [Value::String(operator), limit] = comparison else {
            return false;
        };
        let Some(limit) = limit.as_f64() else {
            return false;
        };
        match operator.as_str() {
            "<" => number < limit,
            "<=" => number <= limit,
            ">" => number > limit,
            ">=" => number >= limit,
            "=" => number == limit,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outbox_insert(event: &str, pk: &str) -> bool {
        let pattern =
            r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"OUTBOX#"}]}}}}"#;
        let event = json!({ "eventName": event, "dynamodb": { "Keys": { "pk": { "S": pk } } } });
        Pattern::parse(pattern).unwrap().matches(&event)
    }

    #[test]
    fn only_inserts_with_the_prefix_match() {
        assert!(outbox_insert("INSERT", "OUTBOX#1"));
        assert!(!outbox_insert("MODIFY", "OUTBOX#1"));
        assert!(!outbox_insert("INSERT", "EXPORT#1"));
    }

    #[test]
    fn conditions_match_as_documented() {
        let passes = |pattern: &str, event: Value| Pattern::parse(pattern).unwrap().matches(&event);
        assert!(passes(r#"{"a":[{"exists":false}]}"#, json!({})));
        assert!(!passes(r#"{"a":[{"exists":false}]}"#, json!({ "a": 1 })));
        assert!(passes(r#"{"a":["x",{"suffix":"z"}]}"#, json!({ "a": "yz" })));
        assert!(passes(r#"{"a":[{"anything-but":["x"]}]}"#, json!({ "a": "y" })));
        assert!(!passes(r#"{"a":[{"anything-but":{"prefix":"y"}}]}"#, json!({ "a": "yz" })));
        assert!(passes(
            r#"{"a":{"N":[{"numeric":[">",3,"<=",5]}]}}"#,
            json!({ "a": { "N": "5" } })
        ));
    }

    #[test]
    fn an_unknown_condition_is_rejected_when_parsed() {
        assert!(Pattern::parse(r#"{"a":[{"starts-with":"x"}]}"#).is_err());
        assert!(Pattern::parse(r#"{"a":"x"}"#).is_err());
    }
}
