//! Background jobs of all kinds, as the directory API shows them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{bulk::BulkJobView, fraud::JobView};

/// A background job: its `type` says which kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BackgroundJob")]
pub enum BackgroundJob {
    /// A scan of all accounts.
    FraudScan(Box<JobView>),
    /// A bulk action on users.
    Bulk(Box<BulkJobView>),
}
