//! DynamoDB and its streams, on SQLite.

use crate::serve::{Running, stopped};
use crate::{Error, Result};
use dynoxide::server::serve_with_shutdown;
use std::path::Path;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The emulator's own handle, used only for what its port doesn't offer.
#[derive(Clone)]
pub(crate) struct Database(dynoxide::Database);

impl std::fmt::Debug for Database {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Database")
    }
}

impl Database {
    pub(crate) fn enable_ttl(&self, table: &str, attribute: &str) -> std::result::Result<(), String> {
        let request = serde_json::json!({
            "TableName": table,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        let request = serde_json::from_value(request).map_err(|cause| cause.to_string())?;
        match self.0.update_time_to_live(request) {
            Ok(_) => Ok(()),
            // DynamoDB refuses to enable what is enabled.
            Err(cause) if cause.to_string().contains("already enabled") => Ok(()),
            Err(cause) => Err(cause.to_string()),
        }
    }

    pub(crate) fn sweep_ttl(&self) -> std::result::Result<usize, String> {
        self.0.sweep_ttl().map_err(|cause| cause.to_string())
    }
}

/// Opens the tables below `directory`, or in memory.
pub(crate) fn open(directory: Option<&Path>) -> Result<Database> {
    let opened = match directory {
        None => dynoxide::Database::memory(),
        Some(directory) => dynoxide::Database::new(&directory.join("dynamodb.sqlite").to_string_lossy()),
    };
    let opened = opened.map_err(|cause| Error::start("DynamoDB", cause))?;
    if let Some(directory) = directory {
        tidy_streams(&directory.join("dynamodb.sqlite")).map_err(|cause| Error::start("DynamoDB", cause))?;
    }
    Ok(Database(opened))
}

/// Before each write the emulator looks for the newest record of the table's stream among all records
/// there ever were, so that writing gets slower with every write. With an index it finds it at once.
/// And what a stream has kept for a day goes, as it does on AWS; the newest stays, since its number counts on.
fn tidy_streams(file: &Path) -> std::result::Result<(), rusqlite::Error> {
    rusqlite::Connection::open(file)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_records_by_number
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         DELETE FROM _stream_records WHERE created_at < unixepoch() - 86400
             AND id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name);",
    )
}

pub(crate) fn serve(listener: TcpListener, database: Database) -> Running {
    let (stop, mut signal) = watch::channel(false);
    let task = tokio::spawn(async move {
        let until = async move { stopped(&mut signal).await };
        if let Err(cause) = serve_with_shutdown(listener, database.0, until).await {
            tracing::error!(%cause, "the local DynamoDB stopped");
        }
    });
    Running::new(stop, task)
}
