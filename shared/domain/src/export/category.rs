//! The parts of an export, and those that need a permission.

use crate::{ApiError, Permission, PermissionSet, stored_enum::stored_enum};

stored_enum! {
    /// Category of exported data. The archive holds one file for each.
    #[derive(PartialOrd, Ord)]
    pub enum Category {
        /// Account and profile.
        Profile = "profile",
        /// Active sessions.
        Sessions = "sessions",
        /// Sign-in attempts.
        LoginHistory = "loginHistory",
        /// API keys, without their secrets.
        ApiKeys = "apiKeys",
        /// SSH public keys.
        SshKeys = "sshKeys",
        /// Views of the list of users that the user saved as a member of staff.
        SavedViews = "savedViews",
        /// Notifications in the user's mailbox.
        Notifications = "notifications",
        /// Organisations that the user is a member of.
        Organisations = "organisations",
        /// The user's plan and its limits.
        Billing = "billing",
        /// Emails sent to the user.
        Mail = "mail",
        /// Exports and deletion requests of the account.
        Requests = "requests",
        /// Audit log entries about the user.
        Audit = "audit",
        /// Staff notes about the user.
        Notes = "notes",
        /// Grants of the user.
        Grants = "grants",
        /// Enrolments in programs of other services.
        Enrollments = "enrollments",
        /// The user's contributor profile.
        Contributions = "contributions",
        /// Identity and student verifications.
        Verifications = "verifications",
        /// Documents that staff hold about the user.
        Documents = "documents",
        /// Fraud alerts about the user.
        FraudAlerts = "fraudAlerts",
        /// Reports that the user filed, and reports about them.
        Reports = "reports",
        /// Applications of the user, with replies.
        Applications = "applications",
        /// Uploaded files and their registry entries.
        Files = "files",
        /// A selection of the audit log of the platform, for staff. Not part of a user's data.
        AuditLog = "auditLog",
        /// A selection of the users of the platform, for staff. Not part of a user's data.
        Directory = "directory",
    }
}

stored_enum! {
    /// Files that the requesting staff member cannot see. They are left out of the archive, and its
    /// manifest says so. The user's own export includes them.
    pub enum Withheld {
        /// Images of verifications.
        VerificationImages = "verificationImages",
        /// Documents that staff hold about the user.
        Documents = "documents",
    }
}

impl Withheld {
    /// The files that a caller with these permissions cannot see.
    pub fn from(permissions: &PermissionSet) -> Vec<Self> {
        [Self::VerificationImages, Self::Documents]
            .into_iter()
            .filter(|withheld| !permissions.contains(&withheld.needs()))
            .collect()
    }

    /// The permission required to see the files.
    pub const fn needs(self) -> Permission {
        match self {
            Self::VerificationImages => Permission::VerificationImages,
            Self::Documents => Permission::UserDocuments,
            Self::Unknown(name) => Permission::Unknown(name),
        }
    }

    /// The folder below the user's prefix.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::VerificationImages => "identity/",
            Self::Documents => "documents/",
            // Everything: this release cannot tell which files are meant.
            Self::Unknown(_) => "",
        }
    }

    /// Why the files are not in the archive, for its manifest.
    pub fn reason(self) -> String {
        format!(
            "Omitted because the requester of this export does not have the permission {}.",
            self.needs()
        )
    }
}

impl Category {
    /// Whether it is part of the data of a user.
    pub const fn is_of_user(self) -> bool {
        !matches!(self, Self::AuditLog | Self::Directory | Self::Unknown(_))
    }

    /// The categories of a user's data.
    pub fn of_users() -> Vec<Self> {
        Self::ALL.into_iter().filter(|category| category.is_of_user()).collect()
    }

    /// The categories of an export: all, or those requested, in the order of the archive and
    /// without duplicates.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `categories` when the list is empty, or has a list of the platform.
    pub fn chosen(given: Option<&[Self]>) -> Result<Vec<Self>, ApiError> {
        match given {
            None => Ok(Self::of_users()),
            Some([]) => Err(ApiError::field(
                "categories",
                "empty",
                "No categories are selected. Select at least one category, or omit the field to export everything.",
            )),
            Some(given) if given.contains(&Self::AuditLog) => Err(ApiError::field(
                "categories",
                "not_of_user",
                "The audit log of the platform is not part of a user's data. Export it with `POST /api/admin/audit/exports`.",
            )),
            Some(given) if given.contains(&Self::Directory) => Err(ApiError::field(
                "categories",
                "not_of_user",
                "The users of the platform are not part of a user's data. Export them with `GET /v1/users/bulk/export`.",
            )),
            Some(given) => {
                Ok(Self::ALL.into_iter().filter(|category| given.contains(category)).collect())
            }
        }
    }
}
