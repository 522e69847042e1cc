//! Reads the tables, buckets and queues from the template.

use super::{Bucket, Index, Key, Queue, Redrive, Table, short};
use crate::template::{Resource, Stack};
use crate::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// DynamoDB's limit on the attributes that all indexes of a table include, counting duplicates.
const MAX_PROJECTED: usize = 100;
/// Default visibility timeout of SQS, in seconds.
const DEFAULT_VISIBILITY: u64 = 30;

pub(super) fn tables(resources: &[Resource], stack: &Stack) -> Result<Vec<Table>> {
    let declared = resources.iter().filter(|resource| resource.kind == "AWS::DynamoDB::Table");
    declared.map(|resource| table(resource, stack)).collect()
}

fn table(resource: &Resource, stack: &Stack) -> Result<Table> {
    let properties = &resource.properties;
    let attributes = list(&properties["AttributeDefinitions"])
        .filter_map(|attribute| {
            Some((text(attribute, "AttributeName")?, text(attribute, "AttributeType")?))
        })
        .collect::<BTreeMap<_, _>>();
    let indexes =
        list(&properties["GlobalSecondaryIndexes"]).map(|declared| index(&resource.id, declared));
    let ttl = &properties["TimeToLiveSpecification"];
    let ttl_on = stack.text(&ttl["Enabled"]).as_deref() == Some("true");
    let table = Table {
        id: resource.id.clone(),
        name: short(&resource.id, "Table"),
        key: key(&resource.id, &properties["KeySchema"])?,
        indexes: indexes.collect::<Result<_>>()?,
        stream: text(&properties["StreamSpecification"], "StreamViewType"),
        ttl: text(ttl, "AttributeName").filter(|_| ttl_on),
        attributes,
    };
    let projected: usize = table.indexes.iter().map(|index| index.included.len()).sum();
    if projected > MAX_PROJECTED {
        let message = format!(
            "the indexes of {} include {projected} attributes; DynamoDB allows {MAX_PROJECTED}",
            table.id
        );
        return Err(Error::Template(message));
    }
    for key in std::iter::once(&table.key).chain(table.indexes.iter().map(|index| &index.key)) {
        for attribute in std::iter::once(&key.hash).chain(&key.range) {
            if !table.attributes.contains_key(attribute) {
                let message = format!(
                    "{} has the key {attribute}, which AttributeDefinitions doesn't define",
                    table.id
                );
                return Err(Error::Template(message));
            }
        }
    }
    Ok(table)
}

fn index(table: &str, declared: &Value) -> Result<Index> {
    let name = text(declared, "IndexName")
        .ok_or_else(|| Error::Template(format!("an index of {table} has no IndexName")))?;
    let projection = &declared["Projection"];
    Ok(Index {
        key: key(&format!("{table}.{name}"), &declared["KeySchema"])?,
        projection: text(projection, "ProjectionType").unwrap_or_else(|| "ALL".to_owned()),
        included: list(&projection["NonKeyAttributes"])
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        name,
    })
}

fn key(owner: &str, schema: &Value) -> Result<Key> {
    let of = |kind: &str| {
        list(schema)
            .find(|element| element["KeyType"].as_str() == Some(kind))
            .and_then(|element| text(element, "AttributeName"))
    };
    let hash = of("HASH").ok_or_else(|| Error::Template(format!("{owner} has no HASH key")))?;
    Ok(Key { hash, range: of("RANGE") })
}

pub(super) fn buckets(resources: &[Resource]) -> Vec<Bucket> {
    let declared = resources.iter().filter(|resource| resource.kind == "AWS::S3::Bucket");
    declared
        .map(|resource| Bucket { id: resource.id.clone(), name: short(&resource.id, "Bucket") })
        .collect()
}

pub(super) fn queues(resources: &[Resource], stack: &Stack) -> Result<Vec<Queue>> {
    let declared = || resources.iter().filter(|resource| resource.kind == "AWS::SQS::Queue");
    // Dead-letter queues are named after their source queue, so the redrive policies come first.
    let mut names: BTreeMap<&str, String> =
        declared().map(|resource| (resource.id.as_str(), short(&resource.id, "Queue"))).collect();
    let mut dead_letters = BTreeMap::new();
    for resource in declared() {
        let policy = &resource.properties["RedrivePolicy"];
        if policy.is_null() {
            continue;
        }
        let target = stack
            .target(&policy["deadLetterTargetArn"])
            .filter(|target| names.contains_key(target.id.as_str()))
            .ok_or_else(|| {
                Error::Template(format!("the dead-letter queue of {} isn't declared", resource.id))
            })?;
        let limit = stack
            .number(&policy["maxReceiveCount"])
            .ok_or_else(|| Error::Template(format!("{} has no maxReceiveCount", resource.id)))?;
        dead_letters.insert(resource.id.as_str(), (target.id, limit));
    }
    for (id, (target, _)) in &dead_letters {
        let name = format!("{}-dlq", short(id, "Queue"));
        if let Some(entry) = names.get_mut(target.as_str()) {
            *entry = name;
        }
    }
    let queue = |resource: &Resource| Queue {
        id: resource.id.clone(),
        name: names.get(resource.id.as_str()).cloned().unwrap_or_default(),
        visibility_timeout: stack
            .number(&resource.properties["VisibilityTimeout"])
            .unwrap_or(DEFAULT_VISIBILITY),
        redrive: dead_letters.get(resource.id.as_str()).map(|(target, limit)| Redrive {
            dead_letters: names.get(target.as_str()).cloned().unwrap_or_default(),
            max_receive_count: *limit,
        }),
    };
    Ok(declared().map(queue).collect())
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().map(str::to_owned)
}
