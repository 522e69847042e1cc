//! Who may do what: the catalogue of permissions, the built-in roles, and the one rule against escalation.

use std::{collections::BTreeSet, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        /// One thing that a caller may be allowed to do, written `resource.action`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $(#[doc = $about] $name,)* }

        impl Permission {
            /// The whole catalogue.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// The canonical spelling.
            pub const fn as_str(self) -> &'static str { match self { $(Permission::$name => $text,)* } }

            /// What it allows, in a sentence.
            pub const fn about(self) -> &'static str { match self { $(Permission::$name => $about,)* } }
        }
    };
}

permissions! {
    UserList = "user.list", "List and search users.";
    UserView = "user.view", "See a user's profile, sessions and notes.";
    UserCreate = "user.create", "Create a user without registration.";
    UserUpdate = "user.update", "Change a user's profile and add notes.";
    UserDelete = "user.delete", "Soft-delete and restore users.";
    UserSuspend = "user.suspend", "Ban and unban users.";
    UserCredentials = "user.credentials", "Change the e-mail address, phone number or username of a user with a lower rank, and force a password reset.";
    UserPurge = "user.purge", "Erase a user at once.";
    UserVerify = "user.verify", "Give or take the verified badge.";
    UserDocuments = "user.documents", "See and add a user's documents.";
    UserExport = "user.export", "Export users as CSV.";
    UserImpersonate = "user.impersonate", "Act as a user for support.";
    OrgRead = "org.read", "See any organisation.";
    OrgUpdate = "org.update", "Change any organisation and its members.";
    OrgDelete = "org.delete", "Delete any organisation.";
    NodeRead = "node.read", "List nodes.";
    NodeWrite = "node.write", "Add nodes and assign them.";
    RoleRead = "role.read", "See roles and the permission catalogue.";
    RoleWrite = "role.write", "Define roles.";
    RoleAssign = "role.assign", "Give roles and permissions to users.";
    SessionRead = "session.read", "See the sessions and login history of users, with IP addresses and user agents.";
    SessionRevoke = "session.revoke", "End a user's sessions.";
    GrantRead = "grant.read", "See a user's grants.";
    GrantWrite = "grant.write", "Award and revoke grants.";
    StorageRead = "storage.read", "See storage buckets.";
    StorageWrite = "storage.write", "Change storage buckets.";
    StorageAssign = "storage.assign", "Assign storage to users and squads.";
    BillingRead = "billing.read", "See plans, subscriptions and revenue.";
    PlanApply = "plan.apply", "Apply and cancel plans.";
    ProductWrite = "product.write", "Change products and promo codes.";
    VerificationRead = "verification.read", "See verifications.";
    VerificationDecide = "verification.decide", "Approve and reject verifications.";
    VerificationImages = "verification.images", "See identity images.";
    VerificationStudent = "verification.student", "Take student status or ask for it again.";
    DeletionRead = "deletion.read", "See deletion requests and receipts.";
    DeletionExpedite = "deletion.expedite", "Carry out a deletion at once.";
    DeletionCancel = "deletion.cancel", "Cancel a deletion.";
    DeletionHold = "deletion.hold", "Hold a deletion for legal reasons.";
    ExportRead = "export.read", "See export jobs and their links.";
    ExportCreate = "export.create", "Export a user's data and cancel exports.";
    ExportDownload = "export.download", "Download an archive.";
    ExportShare = "export.share", "Share an archive by a limited link.";
    FraudRead = "fraud.read", "See fraud alerts.";
    FraudAct = "fraud.act", "Decide fraud alerts.";
    FraudScan = "fraud.scan", "Run fraud scans.";
    ReportRead = "report.read", "See reports.";
    ReportDecide = "report.decide", "Decide reports.";
    ContentRemove = "content.remove", "Remove content.";
    ContentFlag = "content.flag", "Flag content.";
    ApplicationRead = "application.read", "See applications.";
    ApplicationDecide = "application.decide", "Decide applications.";
    MailRead = "mail.read", "See mail templates and statistics.";
    MailSend = "mail.send", "Send mail to named people.";
    MailBroadcast = "mail.broadcast", "Send mail to many people.";
    MailLogs = "mail.logs", "Read the mail log.";
    AuditRead = "audit.read", "Read the audit log.";
    InsightRead = "insight.read", "See status and analytics.";
    SystemKey = "system.key", "Make and rotate system keys.";
    IntegrationTest = "integration.test", "Test integrations.";
}

/// No permission has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission of this name; the catalogue lists them all")]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;

    /// Reads the canonical spelling and the two other spellings that documents use (`admin:users:documents`, `idverification:read`). No prefix grants anything.
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        let canonical = match text {
            "admin:users:documents" => "user.documents",
            "idverification:read" => "verification.read",
            other => other,
        };
        Self::ALL.iter().copied().find(|permission| permission.as_str() == canonical).ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
        text.parse().map_err(serde::de::Error::custom)
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

/// The roles that every deployment has. Their order is their rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BuiltInRole {
    /// Nothing beyond one's own account.
    #[default]
    User,
    /// Lists and reads.
    Staff,
    /// Everything but purge, role assignment, system keys, storage settings, mail logs, product writes and broadcast.
    Admin,
    /// Everything; the only holder of `*`.
    RootAdmin,
}

/// What only `rootAdmin` holds among the built-in roles.
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
    /// Every built-in role, lowest rank first.
    pub const ALL: [Self; 4] = [Self::User, Self::Staff, Self::Admin, Self::RootAdmin];

    /// The role's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Admin => "admin",
            Self::RootAdmin => "rootAdmin",
        }
    }

    /// Reads both spellings of a built-in role: `rootAdmin` and `SUPERADMIN`, `admin` and `ADMIN`, `user` and `USER`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "user" | "USER" => Some(Self::User),
            "staff" | "STAFF" => Some(Self::Staff),
            "admin" | "ADMIN" => Some(Self::Admin),
            "rootAdmin" | "SUPERADMIN" => Some(Self::RootAdmin),
            _ => None,
        }
    }

    /// What the role holds.
    pub fn permissions(self) -> PermissionSet {
        match self {
            Self::User => PermissionSet::new(),
            Self::Staff => STAFF.into(),
            Self::Admin => Permission::ALL.iter().copied().filter(|p| !ROOT_ONLY.contains(p)).collect(),
            Self::RootAdmin => Permission::ALL.iter().copied().collect(),
        }
    }
}

/// Whether only a root administrator holds this among the built-in roles.
pub fn root_only(permission: Permission) -> bool {
    ROOT_ONLY.contains(&permission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_one_spelling_each_and_no_prefix_grants() {
        let spellings: BTreeSet<_> = Permission::ALL.iter().map(|p| p.as_str()).collect();
        assert_eq!(spellings.len(), Permission::ALL.len());
        assert!("user".parse::<Permission>().is_err());
        assert!("user.*".parse::<Permission>().is_err());
        assert!("*".parse::<Permission>().is_err());
        assert_eq!("admin:users:documents".parse(), Ok(Permission::UserDocuments));
    }

    #[test]
    fn a_higher_role_holds_all_that_a_lower_one_does() {
        for pair in BuiltInRole::ALL.windows(2) {
            assert!(pair[1].permissions().is_superset(&pair[0].permissions()), "{pair:?}");
        }
    }
}
