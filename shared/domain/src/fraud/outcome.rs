//! The outcome of a fraud scan.

use schemars::JsonSchema;
use serde::Serialize;

/// Outcome of a fraud scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Outcome")]
pub enum ScanOutcome {
    /// The score is below the limit for an alert.
    Clear,
    /// A new alert was raised; in a dry run, it would be.
    Raised,
    /// The open alert was updated with new findings; in a dry run, it would be.
    Updated,
    /// The open alert already has the same findings.
    Unchanged,
    /// Staff have already decided about the same findings, so no alert was raised.
    Decided,
}
