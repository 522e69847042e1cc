//! Permissions: the catalogue, the built-in roles, and their ranks.

use std::{collections::BTreeSet, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stored_enum::{self, UnknownName, stored_enum};

macro_rules! permissions {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        /// A permission, written `resource.action`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            /// A permission of a later release: kept in stored sets, and grants nothing.
            Unknown(UnknownName),
            $(#[doc = $about] $name,)*
        }

        impl Permission {
            /// The whole catalogue.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// The name of the permission.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Permission::$name => $text,)*
                    Permission::Unknown(name) => name.as_str(),
                }
            }

            /// What the permission allows, in a sentence.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Permission::$name => $about,)*
                    Permission::Unknown(_) => "A permission of a later release.",
                }
            }
        }
    };
}

permissions! {
    UserList = "user.list", "List and search users.";
    UserView = "user.view", "View a user's profile, sessions and notes.";
    UserCreate = "user.create", "Create a user without registration.";
    UserUpdate = "user.update", "Update a user's profile and add notes.";
    UserDelete = "user.delete", "Soft-delete and restore users.";
    UserSuspend = "user.suspend", "Ban and unban users.";
    UserCredentials = "user.credentials", "Change the email address, phone number or username of a user with a lower rank, and force a password reset.";
    UserPurge = "user.purge", "Erase a user without a grace period.";
    UserVerify = "user.verify", "Add and remove the verified badge.";
    UserDocuments = "user.documents", "View and add a user's documents.";
    UserExport = "user.export", "Export users as CSV.";
    UserImpersonate = "user.impersonate", "Act as a user for support, read-only, and end impersonations.";
    UserMasquerade = "user.masquerade", "Act as a user for support, with changes except sensitive ones.";
    OrgRead = "org.read", "View any organisation.";
    OrgUpdate = "org.update", "Update any organisation and its members.";
    OrgDelete = "org.delete", "Delete any organisation.";
    NodeRead = "node.read", "List nodes.";
    NodeWrite = "node.write", "Add nodes and assign them.";
    RoleRead = "role.read", "View roles and the permission catalogue.";
    RoleWrite = "role.write", "Define roles.";
    RoleAssign = "role.assign", "Assign roles and permissions to users.";
    SessionRead = "session.read", "View the sessions and login history of users, with IP addresses and user agents.";
    SessionRevoke = "session.revoke", "Revoke a user's sessions.";
    GrantRead = "grant.read", "View a user's grants.";
    GrantWrite = "grant.write", "Add and revoke grants.";
    StorageRead = "storage.read", "View storage buckets.";
    StorageWrite = "storage.write", "Update storage buckets.";
    StorageAssign = "storage.assign", "Assign storage to users and squads.";
    BillingRead = "billing.read", "View plans, subscriptions and revenue.";
    PlanApply = "plan.apply", "Apply and cancel plans.";
    ProductWrite = "product.write", "Update products and promo codes.";
    VerificationRead = "verification.read", "View verifications.";
    VerificationDecide = "verification.decide", "Approve and reject verifications.";
    VerificationImages = "verification.images", "View identity images.";
    VerificationStudent = "verification.student", "Remove student status, or require a student to verify again.";
    DeletionRead = "deletion.read", "View deletion requests and receipts.";
    DeletionExpedite = "deletion.expedite", "Erase an account without waiting for the due date.";
    DeletionCancel = "deletion.cancel", "Cancel a deletion request.";
    DeletionHold = "deletion.hold", "Place and release legal holds.";
    ExportRead = "export.read", "View export jobs and their share links.";
    ExportCreate = "export.create", "Export a user's data and cancel exports.";
    ExportDownload = "export.download", "Download export archives.";
    ExportShare = "export.share", "Create share links for export archives.";
    FraudRead = "fraud.read", "View fraud alerts.";
    FraudAct = "fraud.act", "Decide fraud alerts.";
    FraudScan = "fraud.scan", "Run fraud scans.";
    ReportRead = "report.read", "View reports.";
    ReportDecide = "report.decide", "Decide reports.";
    ContentRemove = "content.remove", "Remove content.";
    ContentFlag = "content.flag", "Flag content.";
    ContentWrite = "content.write", "Register files and short URLs of users, for other services.";
    EnrollmentWrite = "enrollment.write", "Record the enrolments of users in programs, for other services.";
    ApplicationRead = "application.read", "View applications.";
    ApplicationDecide = "application.decide", "Decide applications.";
    MailRead = "mail.read", "View email templates and statistics.";
    MailWrite = "mail.write", "Change email templates.";
    MailSend = "mail.send", "Send email to individual users.";
    MailBroadcast = "mail.broadcast", "Send email to many users.";
    MailLogs = "mail.logs", "View the email log.";
    AuditRead = "audit.read", "View the audit log.";
    InsightRead = "insight.read", "View status and analytics.";
    SettingsRead = "settings.read", "View the settings of the platform.";
    SettingsWrite = "settings.write", "Change the settings of the platform.";
    SystemKey = "system.key", "Create and rotate system keys.";
    IntegrationTest = "integration.test", "Test integrations.";
}

/// No permission has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this permission does not exist. Use a permission from the catalogue")]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;

    /// Parses the canonical spelling and the two other spellings that documents use
    /// (`admin:users:documents`, `idverification:read`). A prefix grants nothing.
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        let canonical = match text {
            "admin:users:documents" => "user.documents",
            "idverification:read" => "verification.read",
            other => other,
        };
        Self::ALL
            .iter()
            .copied()
            .find(|permission| permission.as_str() == canonical)
            .ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Permission {
    /// Whether this release knows the permission. Any other grants nothing.
    pub const fn is_known(self) -> bool {
        !matches!(self, Self::Unknown(_))
    }
}

impl Serialize for Permission {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse()
            .or_else(|unknown| stored_enum::kept(&text).map(Self::Unknown).ok_or(unknown))
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Permission {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Permission".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "enum": Self::ALL.iter().map(|p| p.as_str()).collect::<Vec<_>>()})
    }
}

/// A set of permissions.
pub type PermissionSet = BTreeSet<Permission>;

stored_enum! {
    // No `Ord`: code compares the `Rank`.
    /// Built-in role. The order is the rank.
    #[derive(Default, Hash)]
    pub enum BuiltInRole {
        /// Access to one's own account only.
        #[default]
        User = "user",
        /// Read access for staff: lists and views.
        Staff = "staff",
        /// All permissions except purge, role assignment, system keys, storage settings, email logs,
        /// product updates and broadcasts.
        Admin = "admin",
        /// All permissions; the only role with `*`.
        RootAdmin = "rootAdmin",
    }
}

/// Rank of a user, from the highest role. Staff act only on users below their own rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Not staff.
    #[default]
    User,
    /// Staff.
    Staff,
    /// Administrators.
    Admin,
    /// Root administrators.
    Root,
}

/// Permissions that only `rootAdmin` has among the built-in roles.
const ROOT_ONLY: [Permission; 7] = [
    Permission::UserPurge,
    Permission::RoleAssign,
    Permission::SystemKey,
    Permission::StorageWrite,
    Permission::MailLogs,
    Permission::ProductWrite,
    Permission::MailBroadcast,
];

const STAFF: [Permission; 7] = [
    Permission::UserList,
    Permission::UserView,
    Permission::DeletionRead,
    Permission::ExportRead,
    Permission::FraudRead,
    Permission::ReportRead,
    Permission::VerificationRead,
];

impl BuiltInRole {
    /// The rank that the role gives. A role of a later release gives none.
    pub const fn rank(self) -> Rank {
        match self {
            Self::User | Self::Unknown(_) => Rank::User,
            Self::Staff => Rank::Staff,
            Self::Admin => Rank::Admin,
            Self::RootAdmin => Rank::Root,
        }
    }

    /// Parses both spellings of a built-in role: `rootAdmin` and `SUPERADMIN`, `admin` and `ADMIN`,
    /// `user` and `USER`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "user" | "USER" => Some(Self::User),
            "staff" | "STAFF" => Some(Self::Staff),
            "admin" | "ADMIN" => Some(Self::Admin),
            "rootAdmin" | "SUPERADMIN" => Some(Self::RootAdmin),
            _ => None,
        }
    }

    /// The permissions of the role.
    pub fn permissions(self) -> PermissionSet {
        match self {
            // A role of a later release gives nothing here.
            Self::User | Self::Unknown(_) => PermissionSet::new(),
            Self::Staff => STAFF.into(),
            Self::Admin => {
                Permission::ALL.iter().copied().filter(|p| !ROOT_ONLY.contains(p)).collect()
            }
            Self::RootAdmin => Permission::ALL.iter().copied().collect(),
        }
    }
}

/// Whether `rootAdmin` is the only built-in role with this permission.
pub fn root_only(permission: Permission) -> bool {
    ROOT_ONLY.contains(&permission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_has_one_canonical_name_and_a_prefix_grants_nothing() {
        let spellings: BTreeSet<_> = Permission::ALL.iter().map(|p| p.as_str()).collect();
        assert_eq!(spellings.len(), Permission::ALL.len());
        assert!("user".parse::<Permission>().is_err());
        assert!("user.*".parse::<Permission>().is_err());
        assert!("*".parse::<Permission>().is_err());
        assert_eq!("admin:users:documents".parse(), Ok(Permission::UserDocuments));
    }

    #[test]
    fn a_higher_role_has_all_permissions_of_a_lower_one() {
        for pair in BuiltInRole::ALL.windows(2) {
            assert!(pair[1].permissions().is_superset(&pair[0].permissions()), "{pair:?}");
        }
    }
}
