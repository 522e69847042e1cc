//! What an impersonation allows, and what the account of the staff member knows about it.

use serde::{Deserialize, Serialize};

use crate::{Permission, SessionId, Timestamp, stored_enum::stored_enum, time::MINUTE};

stored_enum! {
    /// What a staff member may do while acting as a user.
    pub enum ImpersonationMode {
        /// Read only.
        Impersonation = "impersonation",
        /// Read and change, except for sensitive effects.
        Masquerade = "masquerade",
    }
}

impl ImpersonationMode {
    /// How long it lasts unless it is stopped: by default, and at most, in milliseconds.
    pub const fn life(self) -> (i64, i64) {
        match self {
            Self::Masquerade => (15 * MINUTE, 30 * MINUTE),
            Self::Impersonation | Self::Unknown(_) => (30 * MINUTE, 60 * MINUTE),
        }
    }

    /// The permissions that it requires.
    pub const fn required(self) -> &'static [Permission] {
        match self {
            Self::Impersonation => &[Permission::UserImpersonate],
            Self::Masquerade | Self::Unknown(_) => {
                &[Permission::UserImpersonate, Permission::UserMasquerade]
            }
        }
    }
}

stored_enum! {
    /// What a user says about staff who act as them.
    #[derive(Default)]
    pub enum ImpersonationPolicy {
        /// Staff may; the user sees it in a list.
        #[default]
        None = "none",
        /// Staff may; the user is notified at each start.
        Notify = "notify",
        /// Staff may not.
        OptOut = "opt_out",
    }
}

impl ImpersonationPolicy {
    /// Whether staff may act as the user. A policy of a later release forbids it.
    pub const fn allows(self) -> bool {
        matches!(self, Self::None | Self::Notify)
    }
}

/// The impersonation of a staff member, in their account. It names no user: the token does, and the
/// account must not keep the id of another user after their erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveImpersonation {
    /// Its id, which the token names as its session.
    pub id: SessionId,
    /// What it allows.
    pub mode: ImpersonationMode,
    /// The session of the staff member that it ends with.
    pub session: SessionId,
    /// When it ends.
    pub expires_at: Timestamp,
}
