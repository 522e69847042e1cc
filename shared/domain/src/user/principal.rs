//! The user account: everything about a user that access decisions and lists need, in one item.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, ApiKeyId, BuiltInRole, Code, DeletionId, Email, PermissionSet, Phone, Pseudonym,
    SessionId, Timestamp, UserId, Username,
    api_key::LiveKey,
    audit::Subject,
    contact,
    deletion::{DeletionRequest, Hold},
    entitlement::Entitlements,
    lockout::Failures,
    reserved,
    secret::SubjectKey,
    session::LiveSession,
    text,
};

/// Status of an account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Registered, with the email address not confirmed yet.
    PendingVerification,
    /// Active.
    Active,
    /// Temporarily deactivated.
    Inactive,
    /// Suspended or banned by staff.
    Suspended,
    /// Deleted, with erasure pending. Its contacts stay reserved.
    Deleted,
}

impl Status {
    /// All statuses of a stored account.
    pub const ALL: [Self; 5] =
        [Self::PendingVerification, Self::Active, Self::Inactive, Self::Suspended, Self::Deleted];

    /// The name of the status in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingVerification => "pending_verification",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }
}

/// Kind of suspension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionKind {
    /// Suspended during an investigation.
    Suspension,
    /// Banned.
    Ban,
}

/// A suspension or ban of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Kind of suspension.
    pub kind: SuspensionKind,
    /// Reason for the suspension.
    pub reason: String,
    /// Pseudonym of the staff member who suspended the account. A pseudonym, because the item
    /// belongs to the suspended user.
    pub by: Pseudonym,
    /// Time at which the suspension took effect.
    pub at: Timestamp,
    /// Time at which the suspension ends automatically. Absent if it has no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Status of the account before the suspension, to which it returns.
    pub before: Status,
}

/// Maximum number of past suspensions that an account keeps; the audit log has them all.
pub const MAX_PAST_SUSPENSIONS: usize = 10;

/// A suspension that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PastSuspension {
    /// Kind of suspension.
    pub kind: SuspensionKind,
    /// Reason for the suspension.
    pub reason: String,
    /// Pseudonym of the staff member who suspended the account.
    pub by: Pseudonym,
    /// Time at which the suspension took effect.
    pub at: Timestamp,
    /// Time at which the suspension was due to end; null if it had no end.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Time at which the suspension ended, on its due date or earlier by a decision of staff.
    pub ended_at: Timestamp,
}

/// The deletion that an account waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingDeletion {
    /// Deletion request id.
    pub id: DeletionId,
    /// Time from which the account can be erased.
    pub due_at: Timestamp,
    /// Status of the account before the deletion, to which it returns when the request is
    /// cancelled.
    pub before: Status,
    /// Set by the worker at the point of no return: the deletion can no longer be cancelled, and no
    /// export may start.
    #[serde(default)]
    pub executing: bool,
}

/// Portal tier of an account or organisation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PortalTier {
    /// Free Portal.
    #[default]
    Free,
    /// Pro Portal.
    Paid,
    /// Educational Portal.
    Educational,
    /// Enterprise Portal.
    Enterprise,
}

/// Maximum number of former usernames that are reserved for an account. One more frees the oldest,
/// so that nobody can reserve many names by frequent changes.
pub const MAX_FORMER_USERNAMES: usize = 5;

/// A username that an account gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerUsername {
    /// The name.
    #[serde(deserialize_with = "contact::stored")]
    pub username: Username,
    /// Time until which no other user may take the name.
    pub reserved_until: Timestamp,
}

/// A user, with everything that access decisions need.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The user.
    pub user_id: UserId,
    /// A short unique identifier for staff and other systems.
    pub unique_id: String,
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
    /// The built-in role, which is the rank.
    pub role: BuiltInRole,
    /// Permissions granted directly to the user.
    #[serde(default, skip_serializing_if = "PermissionSet::is_empty")]
    pub grants: PermissionSet,
    /// Permissions denied to the user. A denial overrides every grant.
    #[serde(default, skip_serializing_if = "PermissionSet::is_empty")]
    pub denials: PermissionSet,
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
    /// Version number; increases with every change that a reader can see. Returned as the `ETag`.
    pub version: u64,
    /// Increases with every write, including those of sign-ins; a write is conditional on it. The
    /// store increments it.
    #[serde(default)]
    pub revision: u64,
}

impl Principal {
    /// The display name, computed from first and last name when none was chosen.
    pub fn name(&self) -> String {
        self.display_name
            .clone()
            .unwrap_or_else(|| format!("{} {}", self.first_name, self.last_name).trim().to_owned())
    }

    /// The name as a key for prefix search.
    pub fn name_key(&self) -> String {
        text::fold(&self.name())
    }

    /// First and last name, regardless of the display name.
    pub fn legal_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// First and last name as a key for prefix search.
    pub fn legal_name_key(&self) -> String {
        text::fold(&self.legal_name())
    }

    /// Changes the username and reserves the former one. Returns a former username that is no
    /// longer reserved, because the account has too many.
    pub fn take_username(&mut self, username: Username, now: Timestamp) -> Option<Username> {
        self.former_usernames.retain(|former| former.username != username);
        let given_up = self.username.replace(username)?;
        self.former_usernames.push(FormerUsername {
            username: given_up,
            reserved_until: now.plus(reserved::HELD_FOR),
        });
        let oldest = (self.former_usernames.len() > MAX_FORMER_USERNAMES)
            .then(|| self.former_usernames.remove(0));
        oldest.filter(|former| now < former.reserved_until).map(|former| former.username)
    }

    /// Whether the account is banned, also while its deletion is pending.
    pub fn is_banned(&self) -> bool {
        self.standing() == Status::Suspended
            && self
                .suspension
                .as_ref()
                .is_some_and(|suspension| suspension.kind == SuspensionKind::Ban)
    }

    /// Effective permissions: (roles ∪ grants) − denials.
    pub fn permissions(&self) -> PermissionSet {
        let mut held = self.role.permissions();
        held.extend(self.grants.iter().copied());
        held.retain(|permission| !self.denials.contains(permission));
        held
    }

    /// Whether this user is a staff member: by role, or by any permission.
    pub fn is_staff(&self) -> bool {
        self.role != BuiltInRole::User || !self.permissions().is_empty()
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
            Status::Deleted => Err(ApiError::new(
                Code::DeletionPending,
                "This account is scheduled for deletion and cannot be used. Sign in again to see whether you can cancel the deletion.",
            )),
        }
    }

    /// Whether a temporary suspension has ended, even if the scheduler has not lifted it yet.
    pub fn suspension_over(&self, now: Timestamp) -> bool {
        self.suspension.as_ref().and_then(|s| s.expires_at).is_some_and(|end| now >= end)
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

    /// Suspends or bans the account and ends its credentials. If a deletion is pending, the
    /// suspension takes effect once the deletion is cancelled.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is already suspended or being erased.
    pub fn suspend(mut self, suspension: Suspension, now: Timestamp) -> Result<Self, ApiError> {
        match self.standing() {
            _ if self.is_being_erased() => {
                return Err(ApiError::invalid_action(
                    "This account is being erased and can no longer be changed.",
                    &[],
                ));
            }
            Status::Active | Status::Inactive | Status::PendingVerification => {}
            Status::Suspended if self.suspension_over(now) => {}
            Status::Suspended => {
                return Err(ApiError::invalid_action(
                    "This account is already suspended. Lift the suspension first.",
                    &["unban"],
                ));
            }
            Status::Deleted => {
                return Err(ApiError::invalid_action(
                    "This account is scheduled for deletion. Cancel the deletion first.",
                    &["cancel-deletion"],
                ));
            }
        }
        let standing = self.standing();
        let before = self.remember_suspension(now).map_or(standing, |earlier| earlier.before);
        self.set_standing(Status::Suspended);
        self.suspension = Some(Suspension { before, ..suspension });
        self.end_credentials();
        Ok(self.changed(now))
    }

    /// Lifts a suspension; the account returns to its previous status, or its deletion stays
    /// pending.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is not suspended or is being erased.
    pub fn unsuspend(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if self.standing() != Status::Suspended || self.is_being_erased() {
            return Err(ApiError::invalid_action(
                "This account is not suspended or banned.",
                &["ban"],
            ));
        }
        let before =
            self.remember_suspension(now).map_or(Status::Active, |suspension| suspension.before);
        self.set_standing(before);
        Ok(self.changed(now))
    }

    /// Places a legal hold on the account.
    ///
    /// # Errors
    /// `INVALID_ACTION` when a hold already exists or it is being erased.
    pub fn place_hold(mut self, hold: Hold, now: Timestamp) -> Result<Self, ApiError> {
        if self.is_being_erased() {
            return Err(ApiError::invalid_action(
                "This account is being erased, so you can no longer place a hold.",
                &[],
            ));
        }
        if self.hold.is_some() {
            return Err(ApiError::invalid_action(
                "A legal hold is already in place for this account.",
                &["lift-hold"],
            ));
        }
        self.hold = Some(hold);
        Ok(self.changed(now))
    }

    /// Releases the legal hold.
    ///
    /// # Errors
    /// `INVALID_ACTION` when there is no hold.
    pub fn lift_hold(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if self.hold.take().is_none() {
            return Err(ApiError::invalid_action(
                "No legal hold is in place for this account.",
                &["hold"],
            ));
        }
        Ok(self.changed(now))
    }

    /// The same account with the hold of its pending request: older versions stored the hold only
    /// in the request.
    #[must_use]
    pub fn with_hold_of(mut self, request: Option<&DeletionRequest>) -> Self {
        if self.hold.is_none() {
            self.hold = request.and_then(|request| request.hold.clone());
        }
        self
    }

    /// Checks that no legal hold protects the account from erasure.
    ///
    /// # Errors
    /// `LEGAL_HOLD`.
    pub fn check_not_held(&self) -> Result<(), ApiError> {
        if self.hold.is_none() {
            return Ok(());
        }
        Err(ApiError::new(
            Code::LegalHold,
            "A legal hold protects this account from erasure. Release the hold first.",
        )
        .with("allowed", vec!["lift-hold"]))
    }

    /// Removes the suspension and records it among the past ones.
    fn remember_suspension(&mut self, now: Timestamp) -> Option<Suspension> {
        let over = self.suspension.take()?;
        let past = PastSuspension {
            kind: over.kind,
            reason: over.reason.clone(),
            by: over.by,
            at: over.at,
            expires_at: over.expires_at,
            ended_at: over.expires_at.map_or(now, |end| end.min(now)),
        };
        self.past_suspensions.insert(0, past);
        self.past_suspensions.truncate(MAX_PAST_SUSPENSIONS);
        Some(over)
    }

    /// Soft-deletes the account for a deletion request and ends its credentials, except one session
    /// with which the user can still see and cancel the request.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is already deleted.
    pub fn delete(
        mut self,
        deletion: PendingDeletion,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if self.status == Status::Deleted {
            return Err(ApiError::invalid_action(
                "This account is already scheduled for deletion.",
                &["cancel", "expedite"],
            ));
        }
        let kept = keep.and_then(|id| {
            self.sessions.remove(&id).map(|session| (id, LiveSession { leaving: true, ..session }))
        });
        self.end_credentials();
        self.sessions.extend(kept);
        self.deletion = Some(PendingDeletion { before: self.status, ..deletion });
        self.status = Status::Deleted;
        self.deleted_at = Some(now);
        Ok(self.changed(now))
    }

    /// Cancels the deletion: the account is restored, with its legal hold, and its sessions stay
    /// revoked.
    ///
    /// # Errors
    /// `INVALID_ACTION` when no deletion is pending or it is past the point of no return.
    pub fn restore_from_deletion(mut self, now: Timestamp) -> Result<Self, ApiError> {
        let Some(deletion) = self.deletion.take() else {
            return Err(ApiError::invalid_action("This account has no pending deletion.", &[]));
        };
        if deletion.executing {
            return Err(ApiError::invalid_action(
                "The account is being erased. The deletion can no longer be cancelled.",
                &[],
            ));
        }
        self.status = deletion.before;
        self.deleted_at = None;
        self.end_credentials();
        Ok(self.changed(now))
    }

    /// Restores the account on behalf of staff. Email address and phone number must be confirmed
    /// again, and privileged roles assigned again. A suspension, a legal hold and the second factor
    /// stay.
    ///
    /// # Errors
    /// `INVALID_ACTION` when no deletion is pending or it is past the point of no return.
    pub fn restore(self, now: Timestamp) -> Result<Self, ApiError> {
        let mut kept = self.restore_from_deletion(now)?;
        // The address must be confirmed again, but this is not the first confirmation, so the
        // second factor stays.
        kept.confirmed_once = !kept.never_confirmed();
        match &mut kept.suspension {
            Some(suspension) if kept.status == Status::Suspended => {
                suspension.before = Status::PendingVerification
            }
            _ if kept.status == Status::Suspended => {}
            _ => kept.status = Status::PendingVerification,
        }
        kept.email_verified = false;
        kept.phone_verified = false;
        kept.role = BuiltInRole::User;
        kept.grants.clear();
        Ok(kept)
    }

    /// Increases the version number.
    #[must_use]
    pub fn changed(mut self, now: Timestamp) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }
}
