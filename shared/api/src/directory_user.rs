//! A user as the routes below `/v1` show one: account, profile and security, with the fields that the
//! caller may see.

mod assemble;

pub use assemble::direct_permissions;

use provost_domain::{
    BuiltInRole, DeletionId, Permission, RoleId, Status, Timestamp, User, UserId,
    contact::Continent,
    deletion::{DeletionRequest, DeletionState},
    direct,
    oauth::{OauthIdentity, OauthProvider},
    profile::{Completeness, Gender, Profile},
    role::RoleDefinition,
    user::{PortalTier, SuspensionKind},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DirectoryUser {
    /// User id.
    pub id: UserId,
    /// Short unique identifier for staff and other systems.
    pub unique_id: String,
    /// Id of the user in another system; null if there is none.
    pub external_id: Option<String>,
    /// Display name: the chosen name, or first and last name.
    pub name: String,
    /// Given name.
    pub first_name: String,
    /// Family name; empty for a user who has a single name.
    pub last_name: String,
    /// Username for sign-in.
    pub username: Option<String>,
    /// Email address for sign-in. Requires `user.view`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the email address is confirmed.
    pub email_verified: bool,
    /// Phone number (E.164), null if there is none. Requires `billing.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Option<String>>,
    /// Whether the phone number is confirmed.
    pub phone_verified: bool,
    /// Status of the account at the time of the request.
    pub status: Status,
    /// Reason for the current suspension; null without one.
    pub status_reason: Option<String>,
    /// Kind of the current suspension; null without one.
    pub suspension_kind: Option<SuspensionKind>,
    /// Time at which the current suspension ends; null if it has no end, and without one.
    pub suspended_until: Option<Timestamp>,
    /// Whether the user has an administrator role.
    pub is_admin: bool,
    /// Whether the user teaches.
    pub is_instructor: bool,
    /// Whether the user learns.
    pub is_learner: bool,
    /// Roles of the user.
    pub roles: Vec<UserRole>,
    /// Permissions that are granted or denied to the user directly. Requires `role.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_permissions: Option<Vec<DirectPermission>>,
    /// Ways in which the user can sign in.
    pub auth_methods: Vec<AuthMethod>,
    /// Whether the user has a password.
    pub has_password: bool,
    /// Whether the user must choose a password before the next sign-in with one.
    pub must_reset_password: bool,
    /// Linked accounts at other providers.
    pub oauth: Vec<LinkedAccount>,
    /// Whether a second factor is enabled.
    pub mfa_enabled: bool,
    /// Number of passkeys.
    pub passkey_count: u32,
    /// Whether the account has the verified badge.
    pub is_verified: bool,
    /// Whether the identity is verified by documents.
    pub id_verified: bool,
    /// Whether the student status is verified.
    pub student_verified: bool,
    /// Tier, which decides what the account may use.
    pub portal_tier: PortalTier,
    /// Age in full years; null when the date of birth is not known.
    pub age: Option<u8>,
    /// Whether the user is below the age of digital consent of their country.
    pub is_child_account: bool,
    /// Profile of the user.
    pub profile: DirectoryProfile,
    /// How complete the profile is.
    pub profile_completeness: Completeness,
    /// Sign-in security. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<DirectorySecurity>,
    /// Storage used, in bytes.
    pub storage_used: u64,
    /// Storage quota, in bytes.
    pub storage_quota: u64,
    /// Time at which the account was created.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time at which the account was scheduled for deletion; null otherwise.
    pub deleted_at: Option<Timestamp>,
    /// Pending deletion of the account, null when there is none. Requires `deletion.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Option<PendingDeletionDetails>>,
    /// Version number; increases with every change. Also sent as the `ETag`.
    pub version: u64,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}

/// A role of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UserRole {
    /// Id of a custom role, name of a built-in one.
    pub id: String,
    /// Name of the role.
    pub name: String,
    /// Name of the role for people.
    pub label: String,
}

impl UserRole {
    /// A built-in role.
    pub fn built_in(role: BuiltInRole) -> Self {
        let name = role.as_str().to_owned();
        Self { id: name.clone(), name, label: label(role).to_owned() }
    }

    /// A custom role.
    pub fn custom(id: RoleId, role: &RoleDefinition) -> Self {
        Self { id: id.to_string(), name: role.name.clone(), label: role.name.clone() }
    }
}

/// The name of a built-in role for people.
pub const fn label(role: BuiltInRole) -> &'static str {
    match role {
        BuiltInRole::User => "User",
        BuiltInRole::Staff => "Staff",
        BuiltInRole::Admin => "Administrator",
        BuiltInRole::RootAdmin => "Root administrator",
        BuiltInRole::Unknown(name) => name.as_str(),
    }
}

/// Effect of a direct permission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionEffect {
    /// Grants the permission.
    #[default]
    Allow,
    /// Denies the permission, which overrides every grant.
    Deny,
}

impl From<PermissionEffect> for direct::Effect {
    fn from(effect: PermissionEffect) -> Self {
        match effect {
            PermissionEffect::Allow => Self::Allow,
            PermissionEffect::Deny => Self::Deny,
        }
    }
}

/// A permission that is granted or denied to a user directly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DirectPermission {
    /// Name of the permission.
    pub name: Permission,
    /// Whether it is granted or denied.
    pub effect: PermissionEffect,
    /// Time from which it has no effect; null if it has no end.
    pub expires_at: Option<Timestamp>,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Email address and password.
    Email,
    /// A linked account at another provider.
    Oauth,
}

/// An account at another provider that is linked to a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LinkedAccount {
    /// Provider of the account.
    pub provider: OauthProvider,
    /// The user's id at the provider.
    pub provider_user_id: String,
    /// Email address at the provider; null if it is not known.
    pub email: Option<String>,
    /// Name at the provider; null if it is not known.
    pub display_name: Option<String>,
    /// Time at which it was linked.
    pub linked_at: Timestamp,
}

impl From<&OauthIdentity> for LinkedAccount {
    fn from(identity: &OauthIdentity) -> Self {
        Self {
            provider: identity.provider,
            provider_user_id: identity.provider_user_id.clone(),
            email: identity.email.as_ref().map(ToString::to_string),
            display_name: identity.display_name.clone(),
            linked_at: identity.linked_at,
        }
    }
}

/// Profile of a user. A value that the user has not entered is null.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DirectoryProfile {
    /// URL of the avatar, valid for one minute.
    pub avatar_url: Option<String>,
    /// Biography.
    pub bio: Option<String>,
    /// Summary of the professional background.
    pub professional_summary: Option<String>,
    /// Position or job title.
    pub designation: Option<String>,
    /// Areas of expertise.
    pub expertise: Vec<String>,
    /// Gender that the user states.
    pub gender: Option<Gender>,
    /// Date of birth (`YYYY-MM-DD`). Requires `user.update`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<Option<String>>,
    /// First line of the address. Requires `billing.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Option<String>>,
    /// City in which the user lives.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Country (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// Continent of the country.
    pub continent: Option<Continent>,
    /// Time zone (IANA).
    pub timezone: Option<String>,
    /// Locale (BCP 47).
    pub locale: Option<String>,
    /// Links to pages about the user.
    pub social: DirectoryLinks,
}

/// Links to pages about a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DirectoryLinks {
    /// Page at LinkedIn.
    pub linkedin: Option<String>,
    /// Page at X, formerly Twitter.
    pub twitter: Option<String>,
    /// Page at Facebook.
    pub facebook: Option<String>,
    /// Page at Instagram.
    pub instagram: Option<String>,
    /// Channel at YouTube.
    pub youtube: Option<String>,
    /// The user's own website.
    pub website: Option<String>,
}

/// Sign-in security of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DirectorySecurity {
    /// Whether sign-ins are refused at the moment after wrong passwords.
    pub is_locked: bool,
    /// Time until which sign-ins are refused; null when the account is not locked.
    pub locked_until: Option<Timestamp>,
    /// Number of failed sign-ins since the last successful one.
    pub failed_login_attempts: u32,
    /// Time of the last successful sign-in; null if there was none.
    pub last_login_at: Option<Timestamp>,
    /// IP address of the last successful sign-in; null if there was none.
    pub last_login_ip: Option<String>,
    /// Time when a session was last started or refreshed; null if there was none.
    pub last_active_at: Option<Timestamp>,
    /// Number of active sessions.
    pub session_count: usize,
    /// Number of active API keys.
    pub api_key_count: usize,
}

/// A pending deletion of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PendingDeletionDetails {
    /// Deletion request id.
    pub id: DeletionId,
    /// Status of the request.
    pub state: DeletionState,
    /// `self`, or the pseudonym of the staff member who requested it.
    pub requested_by: String,
    /// Reason for the deletion; null without one.
    pub reason: Option<String>,
    /// Time of the request.
    pub requested_at: Timestamp,
    /// Time from which the account can be erased.
    pub purge_after: Timestamp,
    /// Whether the account can still be restored.
    pub can_undo: bool,
}

impl From<&DeletionRequest> for PendingDeletionDetails {
    fn from(request: &DeletionRequest) -> Self {
        Self {
            id: request.id,
            state: request.state,
            requested_by: request.requested_by.clone(),
            reason: request.reason.clone(),
            requested_at: request.created_at,
            purge_after: request.due_at,
            can_undo: request.is_open(),
        }
    }
}

/// What a view of a user is made of.
#[derive(Debug, Clone, Copy)]
pub struct DirectorySource<'a> {
    /// The account.
    pub user: &'a User,
    /// The profile.
    pub profile: &'a Profile,
    /// Whether there is a password, and whether it must be replaced; none without a password.
    pub must_reset: Option<bool>,
    /// The pending deletion request.
    pub deletion: Option<&'a DeletionRequest>,
}
