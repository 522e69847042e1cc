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
    /// Which events it takes.
    pub pattern: Pattern,
    /// The queue's short name.
    pub queue: String,
    /// Where each variable of the template is in the event.
    pub paths: BTreeMap<String, String>,
    /// The message, with `<variable>` where a value goes.
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

/// A pattern without what only a deployment knows: a choice that refers to another resource is left
/// to AWS.
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
    /// The message that an event becomes; nothing when the rule does not take it, or when the event
    /// lacks what the message needs, as EventBridge then delivers nothing either.
    #[must_use]
    pub fn message(&self, event: &Value) -> Option<String> {
        if !self.pattern.matches(event) {
            return None;
        }
        let mut message = self.template.clone();
        for (name, path) in &self.paths {
            // A text is put into quotes, as EventBridge does outside of a text of the template.
            message = message.replace(&format!("<{name}>"), &at(event, path)?.to_string());
        }
        Some(message)
    }
}

/// What a path such as `$.detail.mail.tags.user[0]` leads to.
fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.strip_prefix("$.")?.split('.').try_fold(event, |value, step| match step.split_once('[') {
        Some((name, index)) => {
            value.get(name)?.get(index.strip_suffix(']')?.parse::<usize>().ok()?)
        }
        None => value.get(step),
    })
}
