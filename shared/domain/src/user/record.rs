//! The user account: everything about a user that access decisions and lists need, in one item.

mod deletion;
mod entitlements;
mod former_username;
mod hold;
mod impersonation;
mod oauth;
mod roles;
mod status;
mod suspension;
mod user_types;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use crate::tier::PortalTier;
use crate::{
    ApiError, ApiKeyId, BucketId, BuiltInRole, Code, Email, Permission, PermissionSet, Phone,
    Pseudonym, RoleId, SessionId, Timestamp, UserId, Username,
    api_key::LiveKey,
    audit::Subject,
    contact,
    deletion::Hold,
    entitlement::Entitlements,
    impersonation::{ImpersonationPolicy, LiveImpersonation},
    lockout::Failures,
    oauth::OauthIdentity,
    rank::Rank,
    role::RoleDefinition,
    roles::Roles,
    secret::SubjectKey,
    session::LiveSession,
    stored_enum::stored_enum,
    text,
};
pub use deletion::PendingDeletion;
pub use entitlements::note_entitlements;
pub use former_username::{FormerUsername, MAX_FORMER_USERNAMES};
pub use suspension::{MAX_PAST_SUSPENSIONS, PastSuspension, Suspension, SuspensionKind};
pub use user_types::UserTypes;

stored_enum! {
    /// Status of an account.
    #[derive(PartialOrd, Ord)]
    pub enum Status {
        /// Registered, with the email address not confirmed yet.
        PendingVerification = "pending_verification",
        /// Active.
        Active = "active",
        /// Temporarily deactivated.
        Inactive = "inactive",
        /// Suspended or banned by staff.
        Suspended = "suspended",
        /// Deleted, with erasure pending. Its contacts stay reserved.
        Deleted = "deleted",
    }
}

/// A user, with everything that access decisions need.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user.
    pub user_id: UserId,
    /// A short unique identifier for staff and other systems.
    pub unique_id: String,
    /// Former unique ids, which still find the user, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub former_unique_ids: Vec<String>,
    /// The id of the user in another system, unique.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<String>,
    /// Pseudonym in the audit log.
    pub pseudonym: Pseudonym,
    /// Key that encrypts the user's values in the audit log.
    pub subject_key: SubjectKey,
    /// Sign-in address, unique.
    #[serde(deserialize_with = "contact::stored")]
    pub email: Email,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Sign-in name, unique.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "contact::stored_option"
    )]
    pub username: Option<Username>,
    /// Former usernames that are still reserved, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub former_usernames: Vec<FormerUsername>,
    /// Phone number, unique.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "contact::stored_option"
    )]
    pub phone: Option<Phone>,
    /// Whether the number was confirmed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub phone_verified: bool,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Chosen display name; computed from first and last name when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// Whether the user teaches.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_instructor: bool,
    /// Whether the user learns. Every user did before this release.
    #[serde(skip_serializing_if = "user_types::is_set", default = "user_types::set")]
    pub is_learner: bool,
    /// Accounts at other providers that are linked to the user, at most one for each provider.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub oauth: Vec<OauthIdentity>,
    /// The highest built-in role. Ask [`User::rank`], [`User::is_root`] or
    /// [`User::has_role`] to decide.
    pub role: BuiltInRole,
    /// Further roles, custom ones by id.
    #[serde(default, skip_serializing_if = "Roles::is_empty")]
    pub roles: Roles,
    /// The definitions of the custom roles, as they were when the account was read. Not stored with
    /// the account.
    #[serde(skip)]
    pub custom_roles: BTreeMap<RoleId, RoleDefinition>,
    /// Permissions granted directly to the user.
    #[serde(default, skip_serializing_if = "PermissionSet::is_empty")]
    pub grants: PermissionSet,
    /// Permissions denied to the user. A denial overrides every grant.
    #[serde(default, skip_serializing_if = "PermissionSet::is_empty")]
    pub denials: PermissionSet,
    /// Permissions granted until a time. Not in `grants`, so that a release that does not know ends
    /// grants nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub temporary_grants: BTreeMap<Permission, Timestamp>,
    /// The ends of denials that have one. Also in `denials`, so that a release that does not know
    /// ends still denies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub denial_ends: BTreeMap<Permission, Timestamp>,
    /// Status of the account.
    pub status: Status,
    /// Current suspension.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suspension: Option<Suspension>,
    /// Past suspensions, newest first, at most [`MAX_PAST_SUSPENSIONS`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub past_suspensions: Vec<PastSuspension>,
    /// The legal hold on the account. It outlasts every deletion request that it stops; releasing
    /// it requires `deletion.hold`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<Hold>,
    /// Whether the user has ever confirmed the email address. Absent in items of older versions,
    /// where it follows from the status.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed_once: bool,
    /// Whether the user is banned from support.
    #[serde(default)]
    pub support_banned: bool,
    /// Whether the user has used the demo, which is available once.
    #[serde(default)]
    pub demo_used: bool,
    /// Pending deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deletion: Option<PendingDeletion>,
    /// The verified badge.
    pub is_verified: bool,
    /// Identity verified by documents.
    pub id_verified: bool,
    /// Student status verified.
    pub student_verified: bool,
    /// The portal tier.
    pub portal_tier: PortalTier,
    /// Whether a second factor is enabled.
    pub two_factor_enabled: bool,
    /// Whether staff had to have a second factor when the rule was last applied to this staff member,
    /// who had none: at a sign-in, a token refresh, the use of an API key or a change of the role. The account has no staff permissions until it has one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lacks_second_factor: bool,
    /// Storage bucket for new files of the user; absent for the bucket of the platform.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub storage_bucket: Option<BucketId>,
    /// Earlier storage buckets, in which files may remain.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub earlier_buckets: BTreeSet<BucketId>,
    /// Whether an enrolment was ever recorded for the user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_enrollments: bool,
    /// Number of passkeys.
    pub passkey_count: u32,
    /// Storage used, in bytes.
    pub storage_used: u64,
    /// Storage quota, in bytes.
    pub storage_quota: u64,
    /// Number of stored files.
    pub total_files: u64,
    /// What the account is entitled to beyond its role: plan, student status, grants.
    #[serde(default, skip_serializing_if = "Entitlements::is_empty")]
    pub entitlements: Entitlements,
    /// Time at which the account was created.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time at which the account was scheduled for deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted_at: Option<Timestamp>,
    /// Time of the last successful sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_login_at: Option<Timestamp>,
    /// IP address of the last successful sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_login_ip: Option<String>,
    /// The known device families, to detect a new device.
    #[serde(default)]
    pub known_devices: Vec<String>,
    /// Failed sign-ins since the last success.
    #[serde(default)]
    pub failures: Failures,
    /// Live sessions.
    #[serde(default, deserialize_with = "crate::session::readable_sessions")]
    pub sessions: BTreeMap<SessionId, LiveSession>,
    /// Live API keys.
    #[serde(default)]
    pub api_keys: BTreeMap<ApiKeyId, LiveKey>,
    /// The latest impersonation of this staff member. Ask [`User::live_impersonation`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub impersonation: Option<LiveImpersonation>,
    /// What the user says about staff who act as them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub impersonation_policy: ImpersonationPolicy,
    /// Version number; increases with every change that a reader can see. Returned as the `ETag`.
    pub version: u64,
    /// Increases with every write, including those of sign-ins; a write is conditional on it. The
    /// store increments it.
    #[serde(default)]
    pub revision: u64,
}

/// Whether a value is the default, which is not stored.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl User {
    /// The display name, computed from first and last name when none was chosen.
    pub fn name(&self) -> String {
        self.display_name
            .clone()
            .unwrap_or_else(|| format!("{} {}", self.first_name, self.last_name).trim().to_owned())
    }

    /// The storage buckets that the user has or had, and others in which files of theirs may be.
    pub fn all_buckets(&self) -> BTreeSet<BucketId> {
        self.earlier_buckets.iter().copied().chain(self.storage_bucket).collect()
    }

    /// The user with further buckets in which files of theirs may be; `None` if all of them are known,
    /// or an erasure that has begun knows them.
    pub fn with_files_in(&self, buckets: &BTreeSet<BucketId>) -> Option<Self> {
        let mut after = self.clone();
        after.earlier_buckets.extend(buckets.difference(&self.all_buckets()));
        let is_new = after.earlier_buckets.len() > self.earlier_buckets.len();
        let is_erased = self.deletion.as_ref().is_some_and(|deletion| deletion.executing);
        (is_new && !is_erased).then_some(after)
    }

    /// The name in the form in which names are compared.
    pub fn name_key(&self) -> String {
        text::fold(&self.name())
    }

    /// First and last name, regardless of the display name.
    pub fn legal_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// First and last name in the form in which names are compared.
    pub fn legal_name_key(&self) -> String {
        text::fold(&self.legal_name())
    }

    /// Effective permissions when the account was read: (roles ∪ grants) − denials.
    pub fn permissions(&self) -> PermissionSet {
        let mut held = self.role_permissions();
        let grants = self.grants.iter().chain(self.temporary_grants.keys());
        held.extend(grants.copied().filter(|permission| permission.is_known()));
        held.retain(|permission| !self.denials.contains(permission));
        held
    }

    /// Whether this user is a staff member: by role, or by any permission. Rights of a later release
    /// count, although they grant nothing here.
    pub fn is_staff(&self) -> bool {
        self.rank() > Rank::User || self.has_unknown_rights() || !self.permissions().is_empty()
    }

    /// Whether the account must set up a second factor before it has staff permissions.
    pub const fn awaits_second_factor(&self) -> bool {
        self.lacks_second_factor && !self.two_factor_enabled
    }

    /// Applies the rule about the second factor of staff: `required` is whether staff need a second
    /// factor now.
    pub fn note_second_factor_rule(&mut self, required: bool) {
        self.lacks_second_factor = required && self.is_staff() && !self.two_factor_enabled;
    }

    /// The user as the audit log records them.
    pub fn subject(&self) -> Subject {
        Subject { user: self.user_id, pseudonym: self.pseudonym, key: self.subject_key.clone() }
    }

    /// Checks that the account can be used.
    ///
    /// # Errors
    /// `ACCOUNT_SUSPENDED`, `ACCOUNT_INACTIVE` or `DELETION_PENDING`.
    pub fn check_usable(&self, now: Timestamp) -> Result<(), ApiError> {
        match self.status {
            Status::Active | Status::PendingVerification => Ok(()),
            Status::Suspended if self.suspension_over(now) => Ok(()),
            Status::Suspended => {
                let until = self.suspension.as_ref().and_then(|s| s.expires_at);
                let refused = ApiError::new(
                    Code::AccountSuspended,
                    "This account is suspended. The email about the suspension explains how to appeal.",
                );
                Err(match until {
                    Some(end) => refused.with("until", end.to_string()),
                    None => refused,
                })
            }
            Status::Inactive => Err(ApiError::new(
                Code::AccountInactive,
                "This account is deactivated. Ask support to reactivate it.",
            )),
            Status::Unknown(_) => Err(ApiError::new(
                Code::AccountInactive,
                "This account cannot be used at the moment. Try again later, or ask support.",
            )),
            Status::Deleted => Err(ApiError::new(
                Code::DeletionPending,
                "This account is scheduled for deletion and cannot be used. Sign in again to see whether you can cancel the deletion.",
            )),
        }
    }

    /// Ends every session, refresh family and API key.
    pub fn end_credentials(&mut self) {
        self.sessions.clear();
        self.api_keys.clear();
    }

    /// The status of the account without its pending deletion: cancelling the deletion restores
    /// this status.
    pub fn standing(&self) -> Status {
        match &self.deletion {
            Some(deletion) if self.status == Status::Deleted => deletion.before,
            _ => self.status,
        }
    }

    fn set_standing(&mut self, standing: Status) {
        match &mut self.deletion {
            Some(deletion) if self.status == Status::Deleted => deletion.before = standing,
            _ => self.status = standing,
        }
    }

    /// Increases the version number.
    #[must_use]
    pub fn changed(mut self, now: Timestamp) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }
}
