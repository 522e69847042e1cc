//! The caller: a user whose state was read for this request.

use provost_domain::{
    ApiError, ApiKeyId, Code, Permission, PermissionSet, Principal, SessionId, Status, Timestamp,
    audit::Actor,
    rank::{Acting, permission_denied},
};

use crate::{presented::Presented, secret::find_key};

/// The credential of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A session.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// A user who may act, with the permissions of this request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user, as currently stored.
    pub principal: Principal,
    /// Permissions in this request.
    pub permissions: PermissionSet,
    /// The credential of the request.
    pub credential: Credential,
}

impl Caller {
    /// Determines the caller from the presented credential and the stored state. An ended session,
    /// a revoked key and a suspended account take effect immediately.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `SESSION_ENDED`, `ACCOUNT_SUSPENDED`, `ACCOUNT_INACTIVE`,
    /// `DELETION_PENDING`.
    pub fn decide(
        presented: &Presented,
        principal: Option<Principal>,
        leaving_allowed: bool,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let ended = || ApiError::new(Code::SessionEnded, "This session has ended. Sign in again.");
        match presented {
            Presented::Nothing | Presented::Unknown => Err(unauthenticated()),
            Presented::Expired => Err(ApiError::new(
                Code::SessionEnded,
                "This access token has expired. Refresh the session or sign in again.",
            )),
            Presented::Session { session, .. } => {
                let principal = principal.ok_or_else(ended)?;
                let live = principal.sessions.get(session).filter(|live| now < live.expires_at);
                let leaving = live.is_some_and(|live| live.leaving)
                    && principal.status == Status::Deleted
                    && leaving_allowed;
                if !leaving {
                    principal.check_usable(now)?;
                }
                if live.is_none() {
                    return Err(ended());
                }
                // An account with a pending deletion can access its own data, but has no staff
                // permissions.
                let permissions =
                    if leaving { PermissionSet::new() } else { principal.permissions() };
                Ok(Self { permissions, principal, credential: Credential::Session(*session) })
            }
            Presented::ApiKey { digest, .. } => {
                // Without a valid key, the caller learns nothing about the account that the key
                // names.
                let principal = principal.ok_or_else(unauthenticated)?;
                let id = find_key(&principal.api_keys, digest).ok_or_else(unauthenticated)?;
                let key = principal
                    .api_keys
                    .get(&id)
                    .filter(|key| key.is_live(now))
                    .ok_or_else(unauthenticated)?;
                let mut permissions = principal.permissions();
                if let Some(scopes) = &key.scopes {
                    permissions.retain(|permission| scopes.contains(permission));
                }
                principal.check_usable(now)?;
                Ok(Self { permissions, principal, credential: Credential::ApiKey(id) })
            }
        }
    }

    /// Requires a permission.
    ///
    /// # Errors
    /// `ADMIN_REQUIRED` for a user who is not staff, `SUPERADMIN_REQUIRED` or `PERMISSION_DENIED`,
    /// each with `missing`.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        if self.principal.permissions().is_empty() {
            return Err(ApiError::new(
                Code::AdminRequired,
                "Only staff can do this. Ask an administrator if you need access.",
            )
            .with("missing", vec![permission.as_str()]));
        }
        Err(permission_denied(&[permission]))
    }

    /// Whether the request uses an API key with scopes, which also limit access to the user's own
    /// data.
    pub fn is_narrowed(&self) -> bool {
        let Credential::ApiKey(id) = self.credential else { return false };
        self.principal.api_keys.get(&id).is_none_or(|key| key.scopes.is_some())
    }

    /// Whether the request may read the caller's own data: all except those with a key whose scopes
    /// exclude it.
    pub fn reads_own(&self) -> bool {
        let Credential::ApiKey(id) = self.credential else { return true };
        self.principal.api_keys.get(&id).is_some_and(|key| key.scopes.is_none() || key.self_read)
    }

    /// The caller as the actor of a change.
    pub const fn acting(&self) -> Acting<'_> {
        Acting { principal: &self.principal, permissions: &self.permissions }
    }

    /// The caller as named in the audit log.
    pub fn actor(&self) -> Actor {
        Actor::User(self.principal.subject())
    }

    /// The session, if there is one.
    pub const fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(id) => Some(id),
            Credential::ApiKey(_) => None,
        }
    }
}

/// The error for a request without a valid credential.
pub fn unauthenticated() -> ApiError {
    ApiError::new(
        Code::Unauthenticated,
        "Authentication is required. Send an access token or an API key as `Authorization: Bearer …`.",
    )
}
