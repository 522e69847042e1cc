//! Creates the tables, buckets and queues of the template, and returns their names.

use super::Database;
use crate::clients::Clients;
use crate::error::explain;
use crate::{Error, Index, Infrastructure, Key, Kind, Queue, Reference, Result, Table};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription,
    TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::future::try_join_all;
use std::collections::BTreeMap;

/// Context of provisioning.
pub(super) struct Provisioning<'a> {
    pub clients: &'a Clients,
    pub prefix: &'a str,
    /// The tables in this process, accessed directly if that saves a request.
    pub database: Option<&'a Database>,
    pub own_queues: Option<&'a str>,
}

/// The created resources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provisioned {
    /// Environment variables that name tables, buckets and queues.
    pub variables: BTreeMap<String, String>,
    /// Addresses of the queues, by short name.
    pub queues: BTreeMap<String, Address>,
    /// ARNs of the streams, by the table's short name.
    pub streams: BTreeMap<String, String>,
}

/// A queue's URL and ARN.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub url: String,
    pub arn: String,
}

impl Provisioning<'_> {
    pub(super) async fn run(&self, infrastructure: &Infrastructure) -> Result<Provisioned> {
        let tables =
            try_join_all(infrastructure.tables.iter().map(|declared| self.table(declared)));
        let buckets =
            try_join_all(infrastructure.buckets.iter().map(|declared| self.bucket(&declared.name)));
        let (streams, _, queues) =
            tokio::try_join!(tables, buckets, self.queues(&infrastructure.queues))?;
        let mut made = Provisioned {
            queues,
            streams: streams.into_iter().flatten().collect(),
            ..Provisioned::default()
        };
        for (variable, reference) in &infrastructure.variables {
            made.variables.insert(variable.clone(), value(self.prefix, reference, &made.queues)?);
        }
        Ok(made)
    }

    /// Creates a table; returns its short name and the ARN of its stream, if it has one.
    async fn table(&self, declared: &Table) -> Result<Option<(String, String)>> {
        let name = format!("{}{}", self.prefix, declared.name);
        let mut request = self
            .clients
            .dynamodb
            .create_table()
            .table_name(&name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(&declared.key)?))
            .set_attribute_definitions(Some(definitions(declared)?));
        for index in &declared.indexes {
            request = request.global_secondary_indexes(secondary(index)?);
        }
        if let Some(view) = &declared.stream {
            request = request.stream_specification(stream(view)?);
        }
        let stream = match request.send().await {
            Ok(created) => created.table_description.and_then(|table| table.latest_stream_arn),
            Err(refused)
                if refused
                    .as_service_error()
                    .is_some_and(|cause| cause.is_resource_in_use_exception()) =>
            {
                self.bring_up_to_date(&name, declared).await?
            }
            Err(refused) => return Err(Error::provision(name, explain(&refused))),
        };
        if let Some(attribute) = &declared.ttl {
            self.enable_ttl(&name, attribute).await?;
        }
        Ok(stream.map(|arn| (declared.name.clone(), arn)))
    }

    /// Adds indexes that were declared after an earlier run.
    async fn bring_up_to_date(&self, name: &str, declared: &Table) -> Result<Option<String>> {
        let described = self.clients.dynamodb.describe_table().table_name(name).send().await;
        let described = described.map_err(|refused| Error::provision(name, explain(&refused)))?;
        let Some(existing) = described.table else {
            return Ok(None);
        };
        if existing.key_schema() != key_schema(&declared.key)?.as_slice() {
            return Err(Error::provision(
                name,
                "it exists with another key; start with fresh data",
            ));
        }
        for index in missing(&existing, declared) {
            let projection = projection(index);
            let create = CreateGlobalSecondaryIndexAction::builder()
                .index_name(&index.name)
                .set_key_schema(Some(key_schema(&index.key)?))
                .projection(projection)
                .build()
                .map_err(|cause| Error::provision(name, cause))?;
            self.clients
                .dynamodb
                .update_table()
                .table_name(name)
                .set_attribute_definitions(Some(definitions(declared)?))
                .global_secondary_index_updates(
                    GlobalSecondaryIndexUpdate::builder().create(create).build(),
                )
                .send()
                .await
                .map_err(|refused| {
                    Error::provision(format!("{name}.{}", index.name), explain(&refused))
                })?;
        }
        if let (None, Some(view)) = (&existing.stream_specification, &declared.stream) {
            let request = self
                .clients
                .dynamodb
                .update_table()
                .table_name(name)
                .stream_specification(stream(view)?);
            let updated = request
                .send()
                .await
                .map_err(|refused| Error::provision(name, explain(&refused)))?;
            return Ok(updated.table_description.and_then(|table| table.latest_stream_arn));
        }
        Ok(existing.latest_stream_arn)
    }

    async fn enable_ttl(&self, name: &str, attribute: &str) -> Result<()> {
        if let Some(database) = self.database {
            return database
                .enable_ttl(name, attribute)
                .map_err(|cause| Error::provision(name, cause));
        }
        let specification =
            TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build();
        let specification = specification.map_err(|cause| Error::provision(name, cause))?;
        let request = self
            .clients
            .dynamodb
            .update_time_to_live()
            .table_name(name)
            .time_to_live_specification(specification);
        match request.send().await {
            Ok(_) => Ok(()),
            // DynamoDB returns an error if it is already enabled.
            Err(refused) if explain(&refused).contains("already enabled") => Ok(()),
            Err(refused) => Err(Error::provision(name, explain(&refused))),
        }
    }

    async fn bucket(&self, short: &str) -> Result<()> {
        let name = format!("{}{short}", self.prefix);
        match self.clients.s3.create_bucket().bucket(&name).send().await {
            Ok(_) => Ok(()),
            Err(refused) => match refused.as_service_error() {
                Some(cause)
                    if cause.is_bucket_already_exists()
                        || cause.is_bucket_already_owned_by_you() =>
                {
                    Ok(())
                }
                _ => Err(Error::provision(name, explain(&refused))),
            },
        }
    }

    /// Dead-letter queues come first, because the others refer to them.
    async fn queues(&self, declared: &[Queue]) -> Result<BTreeMap<String, Address>> {
        let mut addresses = BTreeMap::new();
        for with_redrive in [false, true] {
            let wave = declared.iter().filter(|queue| queue.redrive.is_some() == with_redrive);
            let made = try_join_all(wave.map(|declared| self.queue(declared, &addresses))).await?;
            addresses.extend(made);
        }
        Ok(addresses)
    }

    async fn queue(
        &self,
        declared: &Queue,
        made: &BTreeMap<String, Address>,
    ) -> Result<(String, Address)> {
        let name = format!("{}{}", self.prefix, declared.name);
        let failed = |cause: String| Error::provision(&name, cause);
        let mut request = self.clients.sqs.create_queue().queue_name(&name).attributes(
            QueueAttributeName::VisibilityTimeout,
            declared.visibility_timeout.to_string(),
        );
        if let Some(redrive) = &declared.redrive {
            let target = made
                .get(&redrive.dead_letters)
                .ok_or_else(|| failed("its dead-letter queue is missing".into()))?;
            let policy = serde_json::json!({
                "deadLetterTargetArn": target.arn,
                "maxReceiveCount": redrive.max_receive_count,
            });
            request = request.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
        }
        let created = request.send().await.map_err(|refused| failed(explain(&refused)))?;
        let url = created.queue_url.ok_or_else(|| failed("no address was given".into()))?;
        if let Some(arns) = self.own_queues {
            return Ok((declared.name.clone(), Address { arn: format!("{arns}{name}"), url }));
        }
        let described = self
            .clients
            .sqs
            .get_queue_attributes()
            .queue_url(&url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(|refused| failed(explain(&refused)))?;
        let arn =
            described.attributes().and_then(|all| all.get(&QueueAttributeName::QueueArn)).cloned();
        let arn = arn.ok_or_else(|| failed("no ARN was given".into()))?;
        Ok((declared.name.clone(), Address { url, arn }))
    }
}

fn value(
    prefix: &str,
    reference: &Reference,
    addresses: &BTreeMap<String, Address>,
) -> Result<String> {
    let name = format!("{prefix}{}", reference.name);
    match (reference.kind, reference.attribute.as_str()) {
        (Kind::Table | Kind::Bucket, "Ref") | (Kind::Queue, "QueueName") => Ok(name),
        (Kind::Bucket, "Arn") => Ok(format!("arn:aws:s3:::{name}")),
        (Kind::Queue, attribute @ ("Ref" | "QueueUrl" | "Arn")) => {
            let address = addresses
                .get(&reference.name)
                .ok_or_else(|| Error::provision(&name, "it was not made"))?;
            Ok(if attribute == "Arn" { address.arn.clone() } else { address.url.clone() })
        }
        (kind, attribute) => Err(Error::Template(format!(
            "a variable asks for {attribute} of the {kind:?} {}",
            reference.name
        ))),
    }
}

fn missing<'a>(
    existing: &'a TableDescription,
    declared: &'a Table,
) -> impl Iterator<Item = &'a Index> {
    let has = |name: &str| {
        existing.global_secondary_indexes().iter().any(|index| index.index_name() == Some(name))
    };
    declared.indexes.iter().filter(move |index| !has(&index.name))
}

fn key_schema(key: &Key) -> Result<Vec<KeySchemaElement>> {
    let element = |name: &String, kind| {
        let element = KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        element.map_err(|cause| Error::provision("a key", cause))
    };
    let mut schema = vec![element(&key.hash, KeyType::Hash)?];
    if let Some(range) = &key.range {
        schema.push(element(range, KeyType::Range)?);
    }
    Ok(schema)
}

fn definitions(declared: &Table) -> Result<Vec<AttributeDefinition>> {
    let definition = |(name, kind): (&String, &String)| {
        let kind = ScalarAttributeType::from(kind.as_str());
        let definition =
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
        definition.map_err(|cause| Error::provision(&declared.name, cause))
    };
    declared.attributes.iter().map(definition).collect()
}

fn secondary(index: &Index) -> Result<GlobalSecondaryIndex> {
    GlobalSecondaryIndex::builder()
        .index_name(&index.name)
        .set_key_schema(Some(key_schema(&index.key)?))
        .projection(projection(index))
        .build()
        .map_err(|cause| Error::provision(&index.name, cause))
}

fn projection(index: &Index) -> Projection {
    let included = (!index.included.is_empty()).then(|| index.included.clone());
    Projection::builder()
        .projection_type(ProjectionType::from(index.projection.as_str()))
        .set_non_key_attributes(included)
        .build()
}

fn stream(view: &str) -> Result<StreamSpecification> {
    StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::from(view))
        .build()
        .map_err(|cause| Error::provision("a stream", cause))
}
