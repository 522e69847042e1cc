//! Roles ↔ calls: what a function is seen to do to the tables, its role in template.yaml allows.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use crate::meter::Right;

/// What one statement of a role allows on a table.
#[derive(Debug)]
struct Allowed {
    actions: Vec<String>,
    /// The table's name, with the index after a slash.
    on: Vec<String>,
    leading: Option<Vec<String>>,
}

/// The roles of the functions, by the function's name.
#[derive(Debug)]
pub struct Roles(BTreeMap<String, Vec<Allowed>>);

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(many) => many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// `Data.Outputs.AccountsTableArn` is the table `accounts`.
fn table(value: &Value) -> Option<String> {
    let attribute = texts(value.get("Fn::GetAtt")?).pop()?;
    Some(attribute.strip_prefix("Outputs.")?.strip_suffix("TableArn")?.to_lowercase())
}

/// A table, or an index of one.
fn on(value: &Value) -> Option<String> {
    if let Some(table) = table(value) {
        return Some(table);
    }
    let parts = value.get("Fn::Sub")?.as_array()?;
    let index = parts.first()?.as_str()?.rsplit('/').next()?;
    Some(format!("{}/{index}", table(parts.get(1)?.get("Table")?)?))
}

fn statement(statement: &Value) -> Allowed {
    let resources = match &statement["Resource"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    let leading = statement.pointer("/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys").map(texts);
    Allowed { actions: texts(&statement["Action"]), on: resources.iter().filter_map(on).collect(), leading }
}

impl Roles {
    /// Reads template.yaml.
    pub fn read() -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml")).expect("template.yaml");
        let template = provost_local::read_template(&text).expect("a template");
        let mut roles = BTreeMap::new();
        for function in template["Resources"].as_object().expect("resources").values() {
            let (Some(code), Some(role)) = (function.pointer("/Properties/CodeUri"), function.pointer("/Properties/Role/Fn::GetAtt/0"))
            else {
                continue;
            };
            let name = code.as_str().expect("a path").trim_end_matches('/').rsplit('/').next().expect("a name").to_owned();
            let policies =
                template["Resources"][role.as_str().expect("a role")]["Properties"]["Policies"].as_array().expect("policies").clone();
            let statements =
                policies.iter().flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().cloned().unwrap_or_default());
            roles.insert(name, statements.map(|one| statement(&one)).collect());
        }
        Self(roles)
    }

    /// Demands that the role of a function allows what was done.
    ///
    /// # Panics
    /// When it lacks a right, which the message names.
    #[track_caller]
    pub fn demand<'r>(&self, function: &str, rights: impl IntoIterator<Item = &'r Right>) {
        let lacking = self.lacking(function, rights);
        assert!(lacking.is_empty(), "rights that the role in template.yaml lacks:\n{}", lacking.join("\n"));
    }

    /// What was done and the role of a function does not allow, for a person to read.
    pub fn lacking<'r>(&self, function: &str, rights: impl IntoIterator<Item = &'r Right>) -> Vec<String> {
        let lacking = rights.into_iter().filter(|right| !self.allow(function, right));
        let index = |right: &Right| right.index.as_deref().map_or(String::new(), |index| format!("/{index}"));
        lacking.map(|right| format!("{function}: {} on {}{}, {:?}", right.action, right.table, index(right), right.leading)).collect()
    }

    /// Whether the role of a function allows this.
    fn allow(&self, function: &str, right: &Right) -> bool {
        let place = right.index.as_ref().map_or_else(|| right.table.clone(), |index| format!("{}/{index}", right.table));
        let action = format!("dynamodb:{}", right.action);
        let leads = |patterns: &Vec<String>| right.leading.iter().any(|key| patterns.iter().any(|pattern| fits(pattern, key)));
        self.0.get(function).is_some_and(|role| {
            role.iter().any(|allowed| {
                allowed.actions.contains(&action) && allowed.on.contains(&place) && allowed.leading.as_ref().is_none_or(leads)
            })
        })
    }
}

/// IAM's `StringLike`, as far as the template uses it: a star at the end.
fn fits(pattern: &str, text: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == text, |begin| text.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_a_role_lacks_is_noticed() {
        let roles = Roles::read();
        let right =
            |action, table: &str, leading: &str| Right { action, table: table.to_owned(), index: None, leading: vec![leading.to_owned()] };
        assert!(roles.allow("billing", &right("PutItem", "operations", "OUTBOX#1")));
        assert!(!roles.allow("billing", &right("PutItem", "operations", "EXPORT#1")), "another partition");
        assert!(!roles.allow("billing", &right("DeleteItem", "audit", "DAY#1")), "another action");
        assert!(!roles.allow("billing", &right("PutItem", "organisations", "ORG#1")), "another table");
        let index = Right { index: Some("users-by-name".to_owned()), ..right("Query", "accounts", "users") };
        assert!(roles.allow("directory", &index) && !roles.allow("billing", &index), "an index");
    }
}
