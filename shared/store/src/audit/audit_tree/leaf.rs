//! The data of a leaf: the stored entry as JSON with sorted names and without spaces, and a salt.
//!
//! It is made from the attributes as they are stored, not from the fields that this release knows,
//! so that every release makes the same text of an entry.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_merkle::{Hash, leaf_hash};

use super::{Leaf, Salt};
use crate::{
    StoreError,
    item::{Item, s},
};

/// The attributes that only say where an entry is stored.
const KEYS: [&str; 2] = ["pk", "sk"];

/// The data of the leaf of a stored entry.
pub(super) fn text(entry: &Item, salt: &Salt) -> String {
    let attributes = entry.iter().filter(|(name, _)| !KEYS.contains(&name.as_str()));
    let mut text = String::from("{\"entry\":");
    object(&mut text, attributes);
    text.push_str(",\"salt\":");
    string(&mut text, &BASE64.encode(salt));
    text.push('}');
    text
}

/// The leaf of a stored entry.
pub(super) fn of(entry: &Item, salt: Salt) -> Result<Leaf, StoreError> {
    let position = entry
        .get("sk")
        .and_then(|sk| sk.as_s().ok().cloned())
        .ok_or_else(|| StoreError::unreadable("an audit entry", "it has no key"))?;
    Ok(Leaf { position, hash: hash(entry, &salt), salt })
}

/// The hash of the leaf of a stored entry.
pub(super) fn hash(entry: &Item, salt: &Salt) -> Hash {
    leaf_hash(text(entry, salt).as_bytes())
}

fn string(text: &mut String, value: &str) {
    text.push_str(&serde_json::Value::from(value).to_string());
}

fn object<'a>(text: &mut String, members: impl Iterator<Item = (&'a String, &'a AttributeValue)>) {
    let mut members: Vec<_> = members.collect();
    members.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (number, (name, member)) in members.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        string(text, name);
        text.push(':');
        value(text, member);
    }
    text.push('}');
}

fn array<'a>(text: &mut String, members: impl Iterator<Item = &'a AttributeValue>) {
    text.push('[');
    for (number, member) in members.enumerate() {
        if number > 0 {
            text.push(',');
        }
        value(text, member);
    }
    text.push(']');
}

fn value(text: &mut String, attribute: &AttributeValue) {
    match attribute {
        AttributeValue::S(value) => string(text, value),
        // As DynamoDB writes it: a number of another type could lose digits.
        AttributeValue::N(number) => text.push_str(number),
        AttributeValue::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        AttributeValue::L(list) => array(text, list.iter()),
        AttributeValue::M(map) => object(text, map.iter()),
        AttributeValue::B(bytes) => string(text, &BASE64.encode(bytes)),
        // The order of a set is not part of it.
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => {
            let mut sorted = set.clone();
            sorted.sort();
            array(text, sorted.into_iter().map(s).collect::<Vec<_>>().iter());
        }
        // No entry has any other type.
        _ => text.push_str("null"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::item::n;

    fn entry() -> Item {
        let change = AttributeValue::M(HashMap::from([
            ("before".to_owned(), AttributeValue::Null(true)),
            ("after".to_owned(), AttributeValue::L(vec![n("1.50"), AttributeValue::Bool(true)])),
        ]));
        Item::from([
            ("pk".to_owned(), s("MONTH#2026-11")),
            ("sk".to_owned(), s("2026-11-20T16:00:00.000Z#aud_1")),
            ("reason".to_owned(), s("a \"quoted\"\nline")),
            ("count".to_owned(), n(3)),
            ("changes".to_owned(), AttributeValue::M(HashMap::from([("x".to_owned(), change)]))),
            ("new".to_owned(), AttributeValue::Ss(vec!["b".to_owned(), "a".to_owned()])),
        ])
    }

    #[test]
    fn a_leaf_has_every_attribute_in_one_form() {
        assert_eq!(
            text(&entry(), &[0; 16]),
            "{\"entry\":{\"changes\":{\"x\":{\"after\":[1.50,true],\"before\":null}},\"count\":3,\
             \"new\":[\"a\",\"b\"],\"reason\":\"a \\\"quoted\\\"\\nline\"},\
             \"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}"
        );
    }

    #[test]
    fn any_change_of_an_attribute_or_the_salt_changes_the_hash() {
        let leaf = hash(&entry(), &[0; 16]);
        assert_ne!(hash(&entry(), &[1; 16]), leaf);
        for name in ["reason", "count", "changes", "new"] {
            let mut changed = entry();
            changed.remove(name);
            assert_ne!(hash(&changed, &[0; 16]), leaf, "{name}");
        }
        let mut moved = entry();
        moved.insert("pk".to_owned(), s("MONTH#2026-11#3"));
        assert_eq!(hash(&moved, &[0; 16]), leaf);
    }
}
