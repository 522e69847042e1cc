//! Who sends a request: a user, a staff member who acts as a user, or another service.

use crate::{PermissionSet, User, audit::Actor};

pub use crate::impersonation::{ImpersonationMode, Impersonator};

/// A key of another service, with what decides about its requests.
#[derive(Debug, Clone)]
pub struct SystemKey {
    /// Name of the service.
    pub name: String,
    /// What the key may do.
    pub scopes: PermissionSet,
}

/// Who sends a request.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// A user, for themselves.
    User(&'a User),
    /// A staff member who acts as a user.
    Impersonated {
        /// The user whose data the request is about.
        target: &'a User,
        /// The staff member.
        by: &'a Impersonator,
    },
    /// Another service.
    System {
        /// Its key.
        key: &'a SystemKey,
    },
}

impl<'a> Identity<'a> {
    /// The user whose data the request is about; `None` for another service.
    pub const fn user(self) -> Option<&'a User> {
        match self {
            Self::User(user) | Self::Impersonated { target: user, .. } => Some(user),
            Self::System { .. } => None,
        }
    }

    /// Whom the audit log names.
    pub fn actor(self) -> Actor {
        match self {
            Self::User(user) => Actor::User(user.subject()),
            Self::Impersonated { target, by } => {
                Actor::Impersonator { staff: by.actor.clone(), user: target.subject() }
            }
            Self::System { key } => Actor::Service(key.name.clone()),
        }
    }
}
