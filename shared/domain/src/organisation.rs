//! Organisations: workspaces that users share. Exactly one user owns each.

pub mod organisation_activity;
pub mod organisation_invite;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, BucketId, Code, OrganisationId, Status, Timestamp, User, UserId,
    lockout::AddressLimit, reserved, stored_enum::stored_enum, time::HOUR, user::PortalTier,
};

stored_enum! {
    /// Role of a member in an organisation. The order is the rank.
    #[derive(PartialOrd, Ord)]
    pub enum MemberRole {
        /// Uses the organisation's resources.
        Member = "member",
        /// Manages the organisation and its members.
        Admin = "admin",
        /// Owns the organisation. Each organisation has exactly one owner.
        Owner = "owner",
    }
}

/// An organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Organisation id.
    pub id: OrganisationId,
    /// Name.
    pub name: String,
    /// Handle, unique across all organisations.
    pub handle: String,
    /// User id of the owner.
    pub owner_id: UserId,
    /// Time at which the owner took over from another; absent for the first owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner_since: Option<Timestamp>,
    /// Portal tier.
    pub portal_tier: PortalTier,
    /// Storage key of the avatar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub avatar_key: Option<String>,
    /// Storage bucket for new files of the organisation; absent for the bucket of the platform.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub storage_bucket: Option<BucketId>,
    /// Earlier storage buckets, in which files may remain.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub earlier_buckets: BTreeSet<BucketId>,
    /// Number of members, updated in the transactions that add and remove them.
    pub member_count: u64,
    /// Time at which its deletion started. From then on, the organisation exists only for the
    /// deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleting_since: Option<Timestamp>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Version number; increases with every change.
    pub version: u64,
}

/// A membership.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// User id of the member.
    pub member_id: UserId,
    /// Role in the organisation.
    pub role: MemberRole,
    /// Time of joining.
    pub joined_at: Timestamp,
}

/// Maximum length of the name of an organisation, in characters.
pub const MAX_NAME: usize = 100;
/// Maximum number of organisations that a user can own.
pub const MAX_OWNED: u32 = 50;
/// Maximum number of organisations that a user can create per hour. The index that counts owned
/// organisations may lag behind; this count does not.
pub const FOUNDED: AddressLimit =
    AddressLimit { name: "organisation", most: 20, window: HOUR, block: 0, sliding: false };

/// Checks that a user with these memberships can own one more organisation.
///
/// # Errors
/// `TIER_LIMIT`.
pub fn check_may_own_another(memberships: &[Member]) -> Result<(), ApiError> {
    let owned = memberships.iter().filter(|member| member.role == MemberRole::Owner).count();
    if owned < MAX_OWNED as usize {
        return Ok(());
    }
    Err(ApiError::new(
        Code::TierLimit,
        format!("A user can own at most {MAX_OWNED} organisations. Delete one first, or transfer its ownership to another member."),
    )
    .with("limit", MAX_OWNED))
}

/// Checks that a user can own an organisation.
///
/// # Errors
/// `INVALID_ACTION` without an active account and a confirmed email address.
pub fn check_may_own(user: &User) -> Result<(), ApiError> {
    if user.status == Status::Active && user.email_verified {
        return Ok(());
    }
    Err(ApiError::invalid_action(
        "This member cannot own the organisation. The owner needs an active account and a confirmed email address.",
        &[],
    ))
}

/// The error for a user who is already a member of the organisation.
pub fn already_member() -> ApiError {
    ApiError::new(Code::AlreadyExists, "This user is already a member of the organisation.")
        .with("field", "member")
}

impl Organisation {
    /// A new organisation with its owner as its only member.
    pub const fn found(
        id: OrganisationId,
        name: String,
        handle: String,
        owner: UserId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name,
            handle,
            owner_id: owner,
            owner_since: None,
            portal_tier: PortalTier::Free,
            avatar_key: None,
            storage_bucket: None,
            earlier_buckets: std::collections::BTreeSet::new(),
            member_count: 1,
            deleting_since: None,
            created_at: now,
            version: 1,
        }
    }

    /// The storage buckets that the organisation has or had.
    pub fn all_buckets(&self) -> BTreeSet<BucketId> {
        self.earlier_buckets.iter().copied().chain(self.storage_bucket).collect()
    }

    /// Whether the organisation is active: its deletion has not started.
    pub const fn is_active(&self) -> bool {
        self.deleting_since.is_none()
    }
}

impl Member {
    /// Checks that the member may leave or be removed.
    ///
    /// # Errors
    /// `SOLE_OWNER` for the owner: an organisation always has one.
    pub fn check_may_go(&self) -> Result<(), ApiError> {
        if self.role == MemberRole::Owner { Err(owner_stays()) } else { Ok(()) }
    }
}

/// The folder of an organisation's objects.
pub fn folder(id: OrganisationId) -> String {
    format!("organisations/{id}/")
}

/// The error for actions that would leave an organisation without an owner.
pub fn owner_stays() -> ApiError {
    ApiError::new(
        Code::SoleOwner,
        "The owner cannot leave or be removed. Make another member the owner first, or delete the organisation.",
    )
}

/// Rejects the deletion of a user who owns organisations with other members, and lists these
/// organisations.
///
/// # Errors
/// `SOLE_OWNER` with `organisations`.
pub fn check_not_sole_owner(owned: &[Organisation]) -> Result<(), ApiError> {
    let Some(why) = blocked_by(owned) else { return Ok(()) };
    let listed: Vec<_> = owned
        .iter()
        .map(|it| serde_json::json!({ "id": it.id, "name": it.name, "handle": it.handle }))
        .collect();
    Err(ApiError::new(Code::SoleOwner, format!("{why} Then try again."))
        .with("organisations", listed))
}

/// What blocks a deletion while the user's organisations have other members; `None` if nothing
/// does.
pub fn blocked_by(owned: &[Organisation]) -> Option<String> {
    let handles: Vec<_> = owned.iter().map(|organisation| organisation.handle.as_str()).collect();
    if handles.is_empty() {
        return None;
    }
    Some(format!(
        "The account owns organisations that have other members: {}. Make another member the owner, or remove the other members.",
        handles.join(", ")
    ))
}

/// Whether a role can be given to someone who joins.
///
/// # Errors
/// `VALIDATION_FAILED` on `role` for the owner role: only the owner can transfer ownership, to a
/// member.
pub fn joining_role(role: Option<MemberRole>) -> Result<MemberRole, ApiError> {
    match role {
        Some(MemberRole::Owner) => Err(ApiError::field(
            "role",
            "not_allowed",
            "A new member cannot be the owner. Use member or admin. To transfer ownership, change the role of a member to owner.",
        )),
        Some(role) => Ok(role),
        None => Ok(MemberRole::Member),
    }
}

/// Reads a handle: 3 to 40 lower-case letters, digits and dashes, with no dash at either end.
///
/// # Errors
/// `VALIDATION_FAILED` on `handle`.
pub fn handle(text: &str) -> Result<String, ApiError> {
    let inner = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if (3..=40).contains(&text.len()) && inner && !text.starts_with('-') && !text.ends_with('-') {
        return Ok(text.to_owned());
    }
    Err(ApiError::field(
        "handle",
        "invalid",
        "This handle is not valid. Use 3 to 40 lower-case letters, digits and dashes, beginning and ending with a letter or digit.",
    ))
}

/// Reads a handle that is not in use by the organisation yet.
///
/// # Errors
/// `VALIDATION_FAILED` on `handle`, also for a reserved name.
pub fn new_handle(text: &str) -> Result<String, ApiError> {
    let handle = handle(text)?;
    reserved::check("handle", &handle)?;
    Ok(handle)
}

impl PortalTier {
    /// Maximum number of servers of an organisation of this tier; `None` for no limit.
    pub const fn most_servers(self) -> Option<u32> {
        match self {
            // A tier of a later release gives what the lowest one gives.
            Self::Free | Self::Unknown(_) => Some(2),
            Self::Educational => Some(3),
            Self::Paid => Some(10),
            Self::Enterprise => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_one_normal_form() {
        for good in ["apex-gaming", "abc", "0-0", &"a".repeat(40)] {
            assert_eq!(handle(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "ab",
            "Apex",
            "-apex",
            "apex-",
            "apex_gaming",
            "apex gaming",
            "äpex",
            "apex.gaming",
            &"a".repeat(41),
        ] {
            assert!(handle(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nobody_joins_as_the_owner() {
        assert_eq!(joining_role(None), Ok(MemberRole::Member));
        assert_eq!(joining_role(Some(MemberRole::Admin)), Ok(MemberRole::Admin));
        assert!(joining_role(Some(MemberRole::Owner)).is_err());
    }
}
