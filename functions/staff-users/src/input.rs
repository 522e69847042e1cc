//! Query values of this function: filters and sort orders.

use provost_domain::{Status, user::SuspensionKind};
use provost_store::directory::{Order, Standing};
use schemars::JsonSchema;
use serde::Deserialize;

/// Account status to filter by.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StatusName {
    /// Active.
    Active,
    /// Temporarily deactivated.
    Inactive,
    /// Suspended during an investigation. Does not include banned accounts.
    Suspended,
    /// Banned.
    Banned,
    /// Registered, with the email address not confirmed yet.
    PendingVerification,
    /// Scheduled for deletion.
    Deleted,
}

impl StatusName {
    /// The value in the store.
    pub const fn standing(self) -> Standing {
        match self {
            Self::Active => Standing::In(Status::Active),
            Self::Inactive => Standing::In(Status::Inactive),
            Self::Suspended => Standing::Stopped(SuspensionKind::Suspension),
            Self::Banned => Standing::Stopped(SuspensionKind::Ban),
            Self::PendingVerification => Standing::In(Status::PendingVerification),
            Self::Deleted => Standing::In(Status::Deleted),
        }
    }
}

/// Sort order of a list of users.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum SortName {
    /// Newest account first.
    #[default]
    Recent,
    /// Latest sign-in first.
    Active,
    /// Most storage used first.
    StorageUsage,
}

impl SortName {
    /// The value in the store.
    pub const fn order(self) -> Order {
        match self {
            Self::Recent => Order::Recent,
            Self::Active => Order::Active,
            Self::StorageUsage => Order::Storage,
        }
    }
}
