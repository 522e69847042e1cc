//! Query values of this function: roles in both spellings, filters, sort orders.

use std::borrow::Cow;

use provost_domain::{BuiltInRole, Status, principal::SuspensionKind};
use provost_store::directory::{Order, Standing};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// Name of a built-in role, in either spelling.
#[derive(Debug, Clone, Copy)]
pub struct RoleName(pub BuiltInRole);

/// The spelling that the API description lists. The other, `SUPERADMIN`, is only described: in many
/// languages a generated enum cannot hold both.
const ROLES: &[&str] = &["user", "staff", "admin", "rootAdmin"];

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        BuiltInRole::parse(&text)
            .map(Self)
            .ok_or_else(|| D::Error::unknown_variant(&text.replace('`', ""), ROLES))
    }
}

impl JsonSchema for RoleName {
    fn schema_name() -> Cow<'static, str> {
        "RoleName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": ROLES})
    }
}

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
