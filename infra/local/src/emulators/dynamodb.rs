//! DynamoDB and its streams, on SQLite, on a port that accepts only signed requests.
//!
//! The emulator has its own server, which checks no signature and lets every web page read its
//! responses; so its operations are called here.

use super::json;
use super::signature::Verifier;
use crate::clients::Identity;
use crate::serve::Running;
use crate::{Error, Result};
use bytes::Bytes;
use dynoxide::DynoxideError;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use tokio::net::TcpListener;

/// Prefixes of operation names in `X-Amz-Target`.
const TARGETS: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];

/// The emulator's own handle, for operations that its port does not offer.
#[derive(Clone)]
pub(crate) struct Database(dynoxide::Database);

impl std::fmt::Debug for Database {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Database")
    }
}

impl Database {
    pub(crate) fn enable_ttl(
        &self,
        table: &str,
        attribute: &str,
    ) -> std::result::Result<(), String> {
        let request = serde_json::json!({
            "TableName": table,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        let request = serde_json::from_value(request).map_err(|cause| cause.to_string())?;
        match self.0.update_time_to_live(request) {
            Ok(_) => Ok(()),
            // DynamoDB returns an error if it is already enabled.
            Err(cause) if cause.to_string().contains("already enabled") => Ok(()),
            Err(cause) => Err(cause.to_string()),
        }
    }

    /// Number of items of a table whose partition key has this prefix.
    pub(crate) fn count_beginning(
        &self,
        table: &str,
        prefix: &str,
    ) -> std::result::Result<usize, String> {
        let mut request = serde_json::json!({
            "TableName": table,
            "FilterExpression": "begins_with(pk, :prefix)",
            "ExpressionAttributeValues": { ":prefix": { "S": prefix } },
        });
        let mut counted = 0;
        loop {
            let page =
                serde_json::from_value(request.clone()).map_err(|cause| cause.to_string())?;
            let page = self.0.scan(page).map_err(|cause| cause.to_string())?;
            let page = serde_json::to_value(page).map_err(|cause| cause.to_string())?;
            counted +=
                page["Count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
            match page.get("LastEvaluatedKey") {
                Some(next) if !next.is_null() => request["ExclusiveStartKey"] = next.clone(),
                _ => return Ok(counted),
            }
        }
    }

    pub(crate) fn expire_items(&self) -> std::result::Result<usize, String> {
        self.0.sweep_ttl().map_err(|cause| cause.to_string())
    }
}

/// Opens the tables in `directory`, or in memory.
pub(crate) fn open(directory: Option<&Path>) -> Result<Database> {
    let path = match directory {
        // A name of its own, by which a second connection reaches the same memory.
        None => format!("file:provost-{:032x}?mode=memory&cache=shared", rand::random::<u128>()),
        Some(directory) => directory.join("dynamodb.sqlite").to_string_lossy().into_owned(),
    };
    let opened = dynoxide::Database::new(&path).map_err(|cause| Error::start("DynamoDB", cause))?;
    tidy_streams(&path).map_err(|cause| Error::start("DynamoDB", cause))?;
    Ok(Database(opened))
}

/// Before each write, the emulator searches all stream records for the newest one of the table's
/// stream, so writes become slower over time; an index prevents that. Records older than a day are
/// removed, as on AWS; the newest one stays, since its number is continued.
fn tidy_streams(path: &str) -> std::result::Result<(), rusqlite::Error> {
    rusqlite::Connection::open(path)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_records_by_number
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         DELETE FROM _stream_records WHERE created_at < unixepoch() - 86400
             AND id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name);",
    )
}

/// Serves the database to clients that sign as `identity`.
pub(crate) fn serve(listener: TcpListener, database: Database, identity: &Identity) -> Running {
    json::serve(listener, Verifier::new(identity, "dynamodb"), move |parts, body| {
        let response = answer(&database.0, &parts, &body);
        async move { response }
    })
}

fn answer(database: &dynoxide::Database, parts: &Parts, body: &Bytes) -> Response<Full<Bytes>> {
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let operation =
        TARGETS.iter().find_map(|prefix| target.strip_prefix(prefix)).unwrap_or_default();
    match run(database, operation, body) {
        Ok(json) => json::response(StatusCode::OK, json),
        Err(cause) => {
            let status =
                StatusCode::from_u16(cause.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            tracing::debug!(operation, %status, "{operation} was refused: {cause}");
            json::response(status, cause.to_json())
        }
    }
}

macro_rules! operations {
    ($($name:literal => $method:ident;)*) => {
        fn run(database: &dynoxide::Database, operation: &str, body: &[u8]) -> dynoxide::Result<String> {
            match operation {
                $($name => written(&database.$method(read(body)?)?),)*
                _ => Err(DynoxideError::ValidationException(format!("The operation {operation:?} is not supported."))),
            }
        }
    };
}

operations! {
    "BatchExecuteStatement" => batch_execute_statement;
    "BatchGetItem" => batch_get_item;
    "BatchWriteItem" => batch_write_item;
    "CreateTable" => create_table;
    "DeleteItem" => delete_item;
    "DeleteTable" => delete_table;
    "DescribeStream" => describe_stream;
    "DescribeTable" => describe_table;
    "DescribeTimeToLive" => describe_time_to_live;
    "ExecuteStatement" => execute_statement;
    "ExecuteTransaction" => execute_transaction;
    "GetItem" => get_item;
    "GetRecords" => get_records;
    "GetShardIterator" => get_shard_iterator;
    "ListStreams" => list_streams;
    "ListTables" => list_tables;
    "ListTagsOfResource" => list_tags_of_resource;
    "PutItem" => put_item;
    "Query" => query;
    "Scan" => scan;
    "TagResource" => tag_resource;
    "TransactGetItems" => transact_get_items;
    "TransactWriteItems" => transact_write_items;
    "UntagResource" => untag_resource;
    "UpdateItem" => update_item;
    "UpdateTable" => update_table;
    "UpdateTimeToLive" => update_time_to_live;
}

fn read<T: DeserializeOwned>(body: &[u8]) -> dynoxide::Result<T> {
    serde_json::from_slice(body).map_err(|cause| {
        let cause = cause.to_string();
        // The emulator's error types have a prefix that names the error.
        let invalid =
            cause.strip_prefix("VALIDATION:").or_else(|| cause.strip_prefix("VALIDATION_REQUEST:"));
        match invalid {
            Some(message) => DynoxideError::ValidationException(message.to_owned()),
            None => DynoxideError::SerializationException(
                cause.trim_start_matches("SERIALIZATION:").to_owned(),
            ),
        }
    })
}

fn written<T: Serialize>(answer: &T) -> dynoxide::Result<String> {
    serde_json::to_string(answer)
        .map_err(|cause| DynoxideError::InternalServerError(cause.to_string()))
}
