//! Rules of EventBridge: which event of an AWS service becomes a message on which queue, and in
//! which form.

use super::{Infrastructure, Kind};
use crate::template::{Resource, Stack};
use crate::{Error, Pattern, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// A rule on the default bus with one queue as its target.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRule {
    /// The logical id, as in `MailBounces`.
    pub id: String,
    /// The pattern of its events.
    pub pattern: Pattern,
    /// The queue's short name.
    pub queue: String,
    /// The path of each variable of the template in the event.
    pub paths: BTreeMap<String, String>,
    /// The message, with `<variable>` as the placeholder of a value.
    pub template: String,
}

pub(super) fn rules(
    all: &Infrastructure,
    resources: &[Resource],
    stack: &Stack,
) -> Result<Vec<EventRule>> {
    resources
        .iter()
        .filter(|resource| resource.kind == "AWS::Events::Rule")
        .map(|resource| rule(all, resource, stack))
        .collect()
}

fn rule(all: &Infrastructure, resource: &Resource, stack: &Stack) -> Result<EventRule> {
    let wrong = |what: &str| Error::Template(format!("the rule {} {what}", resource.id));
    let properties = &resource.properties;
    let [target] = properties["Targets"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(wrong("has not exactly one target"));
    };
    let queue = stack
        .target(&target["Arn"])
        .and_then(|target| all.reference(&target))
        .filter(|found| found.kind == Kind::Queue);
    let transformer = &target["InputTransformer"];
    let paths = transformer["InputPathsMap"].as_object().into_iter().flatten();
    Ok(EventRule {
        id: resource.id.clone(),
        pattern: Pattern::parse(&known(properties["EventPattern"].clone()).to_string())?,
        queue: queue.ok_or_else(|| wrong("leads to something else than a queue"))?.name,
        paths: paths
            .filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned())))
            .collect(),
        template: transformer["InputTemplate"]
            .as_str()
            .ok_or_else(|| wrong("has no InputTemplate"))?
            .to_owned(),
    })
}

/// A pattern without conditions that only a deployment can know: a choice that refers to another
/// resource is left to AWS.
fn known(pattern: Value) -> Value {
    match pattern {
        Value::Object(fields) => {
            let refers = |value: &Value| {
                value.as_array().is_some_and(|all| {
                    all.iter().any(|one| one.get("Ref").or(one.get("Fn::If")).is_some())
                })
            };
            Value::Object(
                fields
                    .into_iter()
                    .filter(|(_, inner)| !refers(inner))
                    .map(|(name, inner)| (name, known(inner)))
                    .collect(),
            )
        }
        other => other,
    }
}

impl EventRule {
    /// The message for an event; `None` if the rule does not match, or if the event lacks a value
    /// of the message, in which case EventBridge delivers nothing either.
    #[must_use]
    pub fn message(&self, event: &Value) -> Option<String> {
        if !self.pattern.matches(event) {
            return None;
        }
        let mut message = self.template.clone();
        for (name, path) in &self.paths {
            // A string is quoted, as EventBridge does outside of a string of the template.
            message = message.replace(&format!("<{name}>"), &at(event, path)?.to_string());
        }
        Some(message)
    }
}

/// The value at a path such as `$.detail.mail.tags.user[0]`.
fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.strip_prefix("$.")?.split('.').try_fold(event, |value, step| match step.split_once('[') {
        Some((name, index)) => {
            value.get(name)?.get(index.strip_suffix(']')?.parse::<usize>().ok()?)
        }
        None => value.get(step),
    })
}
