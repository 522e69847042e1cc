//! Delivers the changes of a table to the function of its stream: in order, one batch at a time,
//! and only past successful records.

use super::{Inner, Report};
use crate::error::explain;
use crate::{Error, Result, StreamSource};
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record, ShardIteratorType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::PoisonError;
use tokio::sync::Mutex;

/// All positions are in one file, which is read, changed and written as a whole.
static NOTING: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// The position of one function in one table's stream.
#[derive(Debug)]
pub(super) struct Reader {
    pub source: StreamSource,
    arn: String,
    position: Mutex<Position>,
}

/// The last read position of each shard, and the number of failures of the next batch.
#[derive(Debug, Default)]
struct Position {
    known: Vec<String>,
    shards: BTreeMap<String, String>,
    iterators: BTreeMap<String, String>,
    attempts: u64,
}

/// The result of one batch.
enum Step {
    /// There was nothing to read.
    Quiet,
    /// Records were read, and the function processed this number of them.
    Taken(usize),
    /// The function failed; the batch, or its rest, is next in line.
    Failed(usize, String),
}

/// Last read sequence numbers by function and stream, then by shard.
type Positions = BTreeMap<String, BTreeMap<String, String>>;

/// The stored positions of an earlier run.
pub(super) fn positions(file: Option<&Path>) -> Positions {
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

impl Reader {
    pub(super) fn new(stream: &str, source: &StreamSource, positions: &Positions) -> Self {
        let arn = stream.to_owned();
        // By stream, not by table: a new stream starts at the beginning.
        let shards = positions.get(&key(source, &arn)).cloned().unwrap_or_default();
        let position = Mutex::new(Position { shards, ..Position::default() });
        Self { source: source.clone(), arn, position }
    }
}

fn key(source: &StreamSource, stream: &str) -> String {
    format!("{} {stream}", source.function)
}

impl Inner {
    /// Reads a stream to its end; returns false if the function failed.
    pub(super) async fn drain_stream(&self, reader: &Reader, report: &mut Report) -> bool {
        loop {
            match self.step(reader).await {
                Ok(Step::Quiet) => return true,
                Ok(Step::Taken(count)) => report.delivered += count,
                Ok(Step::Failed(count, message)) => {
                    report.delivered += count;
                    report.failed.push((reader.source.function.clone(), message));
                    return false;
                }
                Err(cause) => {
                    report.failed.push((reader.source.table.clone(), cause.to_string()));
                    return false;
                }
            }
        }
    }

    /// Delivers one batch in the background; returns whether there was one, and whether it failed.
    pub(super) async fn background_step(&self, reader: &Reader) -> Result<(bool, bool)> {
        match self.step(reader).await? {
            Step::Quiet => Ok((false, false)),
            Step::Taken(_) => Ok((true, false)),
            Step::Failed(_, message) => {
                let (function, table) = (&reader.source.function, &reader.source.table);
                tracing::warn!(%function, "{function} failed on changes in {table}: {message}");
                self.give_up_if_tried_enough(reader).await;
                Ok((true, true))
            }
        }
    }

    async fn step(&self, reader: &Reader) -> Result<Step> {
        let mut position = reader.position.lock().await;
        let mut moved = false;
        for shard in self.shards(reader, &mut position).await? {
            let records = self.records(reader, &mut position, &shard).await?;
            let Some(last) = records.last().and_then(sequence) else {
                continue;
            };
            moved = true;
            let events = records
                .iter()
                .map(|record| event(record, &reader.arn, &self.region))
                .collect::<Vec<_>>();
            let filters = &reader.source.filters;
            let wanted = events
                .into_iter()
                .filter(|event| {
                    filters.is_empty() || filters.iter().any(|filter| filter.matches(event))
                })
                .collect::<Vec<_>>();
            let (taken, failure) = self.invoke(reader, &wanted).await?;
            if let Some(message) = failure {
                // The records before the first failed one are done.
                if let Some(before) =
                    taken.checked_sub(1).and_then(|index| event_sequence(&wanted[index]))
                {
                    position.shards.insert(shard.clone(), before.to_owned());
                }
                position.iterators.remove(&shard);
                position.attempts += 1;
                self.note(reader, &position);
                return Ok(Step::Failed(taken, message));
            }
            position.attempts = 0;
            position.shards.insert(shard, last);
            self.note(reader, &position);
            if taken > 0 {
                return Ok(Step::Taken(taken));
            }
        }
        Ok(if moved { Step::Taken(0) } else { Step::Quiet })
    }

    /// The number of events before the first failed one, and the reason for its failure.
    async fn invoke(&self, reader: &Reader, events: &[Value]) -> Result<(usize, Option<String>)> {
        if events.is_empty() {
            return Ok((0, None));
        }
        let mounted = self.mounted(&reader.source.function)?;
        let answer = match mounted.function.call(json!({ "Records": events }), mounted.limit).await
        {
            Ok(answer) => answer,
            Err(message) => return Ok((0, Some(message))),
        };
        let reported =
            answer["batchItemFailures"].as_array().filter(|_| reader.source.reports_failures);
        let mut first = None;
        for item in reported.into_iter().flatten() {
            let found = events
                .iter()
                .position(|event| event_sequence(event) == item["itemIdentifier"].as_str());
            // A result with an unknown record fails the entire batch.
            let found = found.unwrap_or(0);
            first = Some(first.map_or(found, |index: usize| index.min(found)));
        }
        Ok(match first {
            Some(index) => {
                (index, Some(format!("record {} of {} failed", index + 1, events.len())))
            }
            None => (events.len(), None),
        })
    }

    async fn shards(&self, reader: &Reader, position: &mut Position) -> Result<Vec<String>> {
        if !position.known.is_empty() {
            return Ok(position.known.clone());
        }
        let request = self.clients.streams.describe_stream().stream_arn(&reader.arn);
        let answer = request
            .send()
            .await
            .map_err(|refused| Error::delivery(&reader.source.table, explain(&refused)))?;
        let shards = answer.stream_description.and_then(|stream| stream.shards).unwrap_or_default();
        position.known = shards.into_iter().filter_map(|shard| shard.shard_id).collect();
        Ok(position.known.clone())
    }

    async fn records(
        &self,
        reader: &Reader,
        position: &mut Position,
        shard: &str,
    ) -> Result<Vec<Record>> {
        let failed = |cause: String| Error::delivery(&reader.source.table, cause);
        let iterator = match position.iterators.remove(shard) {
            Some(iterator) => Some(iterator),
            None => {
                let request = self
                    .clients
                    .streams
                    .get_shard_iterator()
                    .stream_arn(&reader.arn)
                    .shard_id(shard);
                let request = match position.shards.get(shard) {
                    Some(last) => request
                        .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                        .sequence_number(last),
                    None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
                };
                request.send().await.map_err(|refused| failed(explain(&refused)))?.shard_iterator
            }
        };
        let limit = i32::try_from(reader.source.batch_size).unwrap_or(100);
        let request = self.clients.streams.get_records().set_shard_iterator(iterator).limit(limit);
        let answer = request.send().await.map_err(|refused| failed(explain(&refused)))?;
        match answer.next_shard_iterator {
            Some(next) => {
                position.iterators.insert(shard.to_owned(), next);
            }
            // The shard is closed; other shards continue.
            None => position.known.clear(),
        }
        Ok(answer.records.unwrap_or_default())
    }

    /// Skips a batch after the maximum number of retries in the template.
    async fn give_up_if_tried_enough(&self, reader: &Reader) {
        let mut position = reader.position.lock().await;
        let Some(retries) = reader.source.retries else {
            return;
        };
        if position.attempts <= retries {
            return;
        }
        let Ok(shards) = self.shards(reader, &mut position).await else {
            return;
        };
        for shard in shards {
            let Ok(records) = self.records(reader, &mut position, &shard).await else {
                continue;
            };
            if let Some(last) = records.last().and_then(sequence) {
                tracing::error!(
                    function = %reader.source.function,
                    "{} changes in {} were given up after {retries} retries",
                    records.len(),
                    reader.source.table
                );
                position.shards.insert(shard, last);
            }
        }
        position.attempts = 0;
        self.note(reader, &position);
    }

    /// Stores the position with the data, so that a restart continues from it.
    fn note(&self, reader: &Reader, position: &Position) {
        let Some(file) = &self.checkpoints else {
            return;
        };
        let _one_at_a_time = NOTING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = positions(Some(file));
        all.insert(key(&reader.source, &reader.arn), position.shards.clone());
        let fresh = file.with_extension("new");
        let written = std::fs::write(&fresh, json!(all).to_string())
            .and_then(|()| std::fs::rename(&fresh, file));
        if let Err(cause) = written {
            tracing::warn!(%cause, "the position in the stream of {} could not be kept", reader.source.table);
        }
    }
}

fn sequence(record: &Record) -> Option<String> {
    record.dynamodb.as_ref()?.sequence_number.clone()
}

fn event_sequence(event: &Value) -> Option<&str> {
    event["dynamodb"]["SequenceNumber"].as_str()
}

/// One record of a stream event.
fn event(record: &Record, arn: &str, region: &str) -> Value {
    let mut change = Map::new();
    if let Some(stream) = &record.dynamodb {
        if let Some(time) = stream.approximate_creation_date_time {
            change.insert("ApproximateCreationDateTime".to_owned(), json!(time.secs()));
        }
        let images = [
            ("Keys", &stream.keys),
            ("NewImage", &stream.new_image),
            ("OldImage", &stream.old_image),
        ];
        for (name, image) in images {
            if let Some(image) = image {
                change.insert(name.to_owned(), item(image));
            }
        }
        change.insert("SequenceNumber".to_owned(), json!(stream.sequence_number));
        change.insert("SizeBytes".to_owned(), json!(stream.size_bytes));
        change.insert(
            "StreamViewType".to_owned(),
            json!(stream.stream_view_type.as_ref().map(|view| view.as_str())),
        );
    }
    let mut event = json!({
        "eventID": record.event_id,
        "eventName": record.event_name.as_ref().map(|name| name.as_str()),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        "eventSourceARN": arn,
        "dynamodb": change,
    });
    if let Some(identity) = &record.user_identity {
        event["userIdentity"] =
            json!({ "type": identity.r#type, "principalId": identity.principal_id });
    }
    event
}

fn item(image: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(image.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
}

/// DynamoDB's own JSON, with binary values in base64.
fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::Null(yes) => json!({ "NULL": yes }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes.as_ref()) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(all) => {
            json!({ "BS": all.iter().map(|bytes| STANDARD.encode(bytes.as_ref())).collect::<Vec<_>>() })
        }
        AttributeValue::L(values) => {
            json!({ "L": values.iter().map(attribute).collect::<Vec<_>>() })
        }
        AttributeValue::M(fields) => json!({ "M": item(fields) }),
        _ => Value::Null,
    }
}
