//! Users as the staff lists show them, the walk over all users, and root administrators.
//!
//! Which users a list has, and in which order, is a question to the user index
//! (`provost_directory`). The table only has one order: that of registration.

mod everybody;
pub mod prefix_search;
pub(crate) mod transaction_conflict;

mod roots;

use std::collections::{BTreeSet, HashMap};

use provost_domain::{
    BuiltInRole, Status, Timestamp, User, UserId,
    user::{PortalTier, Suspension},
};
use serde::Deserialize;

use crate::{Store, StoreError, item::decode, records::key, walk::Walk};

pub use roots::is_active_root;

/// A user as a list shows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRow {
    /// The user id.
    pub user_id: UserId,
    /// The display name.
    pub name: String,
    /// The sign-in address.
    pub email: String,
    /// The built-in role.
    pub role: BuiltInRole,
    /// The stored status; see [`Self::status_at`].
    pub status: Status,
    /// The suspension, if suspended.
    #[serde(default)]
    pub suspension: Option<Suspension>,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Identity verified by documents.
    pub id_verified: bool,
    /// Student status verified.
    pub student_verified: bool,
    /// The portal tier.
    pub portal_tier: PortalTier,
    /// Whether two-factor authentication is on.
    pub two_factor_enabled: bool,
    /// The number of passkeys.
    pub passkey_count: u32,
    /// When the account was created.
    pub created_at: Timestamp,
    /// The last successful sign-in.
    #[serde(default)]
    pub last_login_at: Option<Timestamp>,
    /// The IP address of the last sign-in.
    #[serde(default)]
    pub last_login_ip: Option<String>,
    /// Bytes stored.
    pub storage_used: u64,
    /// Bytes allowed.
    pub storage_quota: u64,
    /// Files stored.
    pub total_files: u64,
}

impl UserRow {
    /// The list entry of a user that was read completely.
    pub fn of(user: &User) -> Self {
        let p = user;
        Self {
            user_id: p.user_id,
            name: p.name(),
            email: p.email.to_string(),
            role: p.role,
            status: p.status,
            suspension: p.suspension.clone(),
            email_verified: p.email_verified,
            id_verified: p.id_verified,
            student_verified: p.student_verified,
            portal_tier: p.portal_tier,
            two_factor_enabled: p.two_factor_enabled,
            passkey_count: p.passkey_count,
            created_at: p.created_at,
            last_login_at: p.last_login_at,
            last_login_ip: p.last_login_ip.clone(),
            storage_used: p.storage_used,
            storage_quota: p.storage_quota,
            total_files: p.total_files,
        }
    }

    /// The status of the account at this time.
    pub fn status_at(&self, now: Timestamp) -> Status {
        status_at(self.status, self.suspension.as_ref(), now)
    }

    /// The suspension, unless it has expired; also for an account with a pending deletion.
    pub fn suspension_at(&self, now: Timestamp) -> Option<&Suspension> {
        self.suspension
            .as_ref()
            .filter(|_| matches!(self.status, Status::Suspended | Status::Deleted))
            .filter(|it| it.expires_at.is_none_or(|end| now < end))
    }
}

/// The status of an account at a time: an expired temporary suspension gives the status from before
/// the suspension.
fn status_at(status: Status, suspension: Option<&Suspension>, now: Timestamp) -> Status {
    match suspension {
        Some(Suspension { before, expires_at: Some(end), .. })
            if status == Status::Suspended && *end <= now =>
        {
            *before
        }
        _ => status,
    }
}

/// The walk over all users in the order of registration, the oldest account first.
fn by_registration(table: &str) -> Walk {
    Walk::of_index(table, "users-by-created", "directory", "users", "createdAt")
}

impl Store {
    /// The rows of users in the given order; users who were erased are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_rows(&self, users: &[UserId]) -> Result<Vec<UserRow>, StoreError> {
        self.rows(users, false).await
    }

    /// The same, read with strong consistency.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn current_user_rows(&self, users: &[UserId]) -> Result<Vec<UserRow>, StoreError> {
        self.rows(users, true).await
    }

    async fn rows(&self, users: &[UserId], consistent: bool) -> Result<Vec<UserRow>, StoreError> {
        let distinct: BTreeSet<UserId> = users.iter().copied().collect();
        let keys = distinct.into_iter().map(key).collect();
        let items = self.batch_get(&self.names.accounts, keys, consistent).await?;
        let mut rows = items
            .into_iter()
            .map(|item| decode::<UserRow>("a user's row", item).map(|row| (row.user_id, row)))
            .collect::<Result<HashMap<_, _>, _>>()?;
        Ok(users.iter().filter_map(|user| rows.remove(user)).collect())
    }
}
