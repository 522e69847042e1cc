//! How a request changes a list of a user.

use provost_domain::direct::ListChange;
use schemars::JsonSchema;
use serde::Deserialize;

/// How a list changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListMode {
    /// The user has the items in addition.
    #[default]
    Add,
    /// The user has only the items.
    Replace,
    /// The user does not have the items any more.
    Remove,
}

impl From<ListMode> for ListChange {
    fn from(mode: ListMode) -> Self {
        match mode {
            ListMode::Add => Self::Add,
            ListMode::Replace => Self::Replace,
            ListMode::Remove => Self::Remove,
        }
    }
}
