//! Legal holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Pseudonym, Timestamp};

/// A legal hold. While it lasts, nothing of the account can be erased. The hold belongs to the
/// account; the deletion request that it stops carries a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Reason for the hold.
    pub reason: String,
    /// Pseudonym of the staff member who placed the hold.
    pub by: Pseudonym,
    /// Time at which the hold was placed.
    pub at: Timestamp,
}
