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
        Some(directory) => {
            dynoxide::Database::new(&directory.join("dynamodb.sqlite").to_string_lossy())
        }
    };
    opened
        .map(Database)
        .map_err(|cause| Error::start("DynamoDB", cause))
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
