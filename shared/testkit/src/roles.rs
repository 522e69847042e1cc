//! Checks calls against roles: the calls of a function to tables, buckets, queues and parameters
//! must be allowed by its role in template.yaml.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::OnceLock,
};

use serde_json::Value;

use crate::right::Right;

/// One statement of a role.
#[derive(Debug)]
struct Allowed {
    actions: Vec<String>,
    /// Patterns of resources, in the form of [`Right::on`].
    on: Vec<String>,
    /// Patterns of partition keys, or of the prefixes of a bucket's list.
    leading: Option<Vec<String>>,
}

/// The roles of the functions, by function name.
#[derive(Debug)]
pub struct Roles(BTreeMap<String, Vec<Allowed>>);

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(many) => {
            many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// `Data.Outputs.AccountsTableArn` is the table `accounts`, `Data.Outputs.FilesBucketArn` the
/// bucket `s3:files`, `Data.Outputs.MailDeadLettersArn` the queue `sqs:mail-dlq`.
fn thing(value: &Value) -> Option<String> {
    let attribute = texts(value.get("Fn::GetAtt")?).pop()?;
    let output = attribute.strip_prefix("Outputs.")?;
    [
        ("TableArn", "", ""),
        ("BucketArn", "s3:", ""),
        ("QueueArn", "sqs:", ""),
        ("DeadLettersArn", "sqs:", "-dlq"),
    ]
    .into_iter()
    .find_map(|(end, service, role)| {
        Some(format!("{service}{}{role}", output.strip_suffix(end)?.to_lowercase()))
    })
}

/// A resource, an index of a table, objects of a bucket, or a parameter.
fn on(value: &Value) -> Option<String> {
    if let Some(thing) = thing(value) {
        return Some(thing);
    }
    // Calls for which AWS knows no resources.
    if value == "*" {
        return Some("*".to_owned());
    }
    match value.get("Fn::Sub")? {
        Value::String(text) => {
            Some(format!("ssm:{}", text.split_once("${KeysParameterPrefix}/")?.1))
        }
        parts => {
            let (path, names) = (parts.get(0)?.as_str()?, parts.get(1)?);
            if let Some(index) = path.strip_prefix("${Table}/index/") {
                return Some(format!("{}/{index}", thing(names.get("Table")?)?));
            }
            Some(format!("{}{}", thing(names.get("Bucket")?)?, path.strip_prefix("${Bucket}")?))
        }
    }
}

fn statement(statement: &Value) -> Allowed {
    let resources = match &statement["Resource"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    let conditions = statement
        .get("Condition")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|tests| tests.values());
    let leading = conditions
        .filter_map(|test| test.get("dynamodb:LeadingKeys").or(test.get("s3:prefix")))
        .map(texts)
        .next();
    Allowed {
        actions: texts(&statement["Action"]),
        on: resources.iter().filter_map(on).collect(),
        leading,
    }
}

impl Roles {
    /// The roles of template.yaml, read once for all tests.
    pub fn shared() -> &'static Self {
        static READ: OnceLock<Roles> = OnceLock::new();
        READ.get_or_init(Self::read)
    }

    /// Reads template.yaml.
    pub fn read() -> Self {
        let text = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml"),
        )
        .expect("template.yaml");
        let template = provost_local::read_template(&text).expect("a template");
        let mut roles = BTreeMap::new();
        for function in template["Resources"].as_object().expect("resources").values() {
            let (Some(code), Some(role)) = (
                function.pointer("/Properties/CodeUri"),
                function.pointer("/Properties/Role/Fn::GetAtt/0"),
            ) else {
                continue;
            };
            let name = code
                .as_str()
                .expect("a path")
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .expect("a name")
                .to_owned();
            let policies =
                template["Resources"][role.as_str().expect("a role")]["Properties"]["Policies"]
                    .as_array()
                    .expect("policies")
                    .clone();
            let statements = policies.iter().flat_map(|policy| {
                policy["PolicyDocument"]["Statement"].as_array().cloned().unwrap_or_default()
            });
            roles.insert(name, statements.map(|one| statement(&one)).collect());
        }
        Self(roles)
    }

    /// Asserts that the role of a function allows these rights.
    ///
    /// # Panics
    /// When a right is missing; the message names it.
    #[track_caller]
    pub fn demand<'r>(&self, function: &str, rights: impl IntoIterator<Item = &'r Right>) {
        let rights: BTreeSet<Right> = rights.into_iter().cloned().collect();
        let lacking = self.lacking(function, &rights);
        crate::callers::record(&[(function.to_owned(), rights)].into());
        assert!(
            lacking.is_empty(),
            "rights that the role in template.yaml lacks:\n{}",
            lacking.join("\n")
        );
    }

    /// The used rights that the role of a function does not allow, as text.
    pub fn lacking<'r>(
        &self,
        function: &str,
        rights: impl IntoIterator<Item = &'r Right>,
    ) -> Vec<String> {
        let lacking = rights.into_iter().filter(|right| !self.allow(function, right));
        lacking
            .map(|right| {
                format!("{function}: {} on {}, {:?}", right.action, right.on, right.leading)
            })
            .collect()
    }

    /// Whether the role of a function allows this right.
    fn allow(&self, function: &str, right: &Right) -> bool {
        let leads = |patterns: &Vec<String>| {
            right.leading.iter().any(|key| patterns.iter().any(|pattern| fits(pattern, key)))
        };
        self.0.get(function).is_some_and(|role| {
            role.iter().any(|allowed| {
                allowed.actions.contains(&right.action)
                    && allowed.on.iter().any(|pattern| fits(pattern, &right.on))
                    && allowed.leading.as_ref().is_none_or(leads)
            })
        })
    }
}

/// IAM's `StringLike` and the wildcards of its resources: `*` matches any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(begin) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_missing_from_a_role_is_found() {
        let roles = Roles::read();
        let right = |action: &str, on: &str, leading: &str| Right {
            action: action.to_owned(),
            on: on.to_owned(),
            leading: Some(leading.to_owned()).into_iter().filter(|text| !text.is_empty()).collect(),
        };
        assert!(roles.allow("billing", &right("dynamodb:PutItem", "operations", "OUTBOX#1")));
        assert!(
            !roles.allow("billing", &right("dynamodb:PutItem", "operations", "EXPORT#1")),
            "another partition"
        );
        assert!(
            !roles.allow("billing", &right("dynamodb:DeleteItem", "audit", "DAY#1")),
            "another action"
        );
        assert!(
            !roles.allow("billing", &right("dynamodb:PutItem", "organisations", "ORG#1")),
            "another table"
        );
        let index = right("dynamodb:Query", "accounts/users-by-email", "users");
        assert!(roles.allow("fraud", &index) && !roles.allow("billing", &index), "an index");
        let picture =
            |user: &str| right("s3:PutObject", &format!("s3:files/users/{user}/1.png"), "");
        assert!(
            roles.allow("accounts", &picture("1/avatar"))
                && !roles.allow("accounts", &picture("1/identity")),
            "another prefix"
        );
        let queue = |name: &str| right("sqs:SendMessage", &format!("sqs:{name}"), "");
        assert!(
            roles.allow("fraud", &queue("bulk")) && !roles.allow("fraud", &queue("mail")),
            "another queue"
        );
        let key = |name: &str| right("ssm:GetParameter", &format!("ssm:{name}"), "");
        assert!(
            roles.allow("sessions", &key("session")) && !roles.allow("accounts", &key("session")),
            "another key"
        );
    }

    #[test]
    fn a_star_matches_any_text() {
        assert!(fits("s3:files/users/*/avatar/*", "s3:files/users/1/avatar/2.png"));
        assert!(!fits("s3:files/users/*/avatar/*", "s3:files/users/1/identity/2.png"));
        assert!(
            fits("SEAT#*", "SEAT#1")
                && !fits("SEAT#*", "SEATS")
                && fits("WARM", "WARM")
                && !fits("WARM", "WARMER")
        );
    }
}
