//! The caller: a user whose state was read for this request.

use provost_domain::{
    ApiError, ApiKeyId, Code, Permission, PermissionSet, SessionId, Status, Timestamp, User,
    audit::Actor,
    identity::{Identity, Impersonator},
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
    pub user: User,
    /// Permissions in this request.
    pub permissions: PermissionSet,
    /// The credential of the request.
    pub credential: Credential,
    /// Whether the staff permissions are withheld until the user sets up a second factor.
    pub awaits_second_factor: bool,
    /// The staff member who acts as the user; `None` for a user who acts for themselves.
    pub impersonator: Option<Impersonator>,
}

impl Caller {
    /// Determines the caller from the presented credential and the stored state. An ended session,
    /// a revoked key and a suspended account take effect immediately. An impersonation is decided by
    /// [`Self::decide_impersonation`].
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `SESSION_ENDED`, `ACCOUNT_SUSPENDED`, `ACCOUNT_INACTIVE`,
    /// `DELETION_PENDING`.
    pub fn decide(
        presented: &Presented,
        record: Option<User>,
        allow_pending_deletion: bool,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let ended = || ApiError::new(Code::SessionEnded, "This session has ended. Sign in again.");
        match presented {
            Presented::Nothing | Presented::Unknown => Err(unauthenticated()),
            Presented::SystemKey { .. } => Err(ApiError::new(
                Code::Unauthenticated,
                "A system key cannot be used here. Sign in, or use an API key.",
            )),
            Presented::Impersonation { .. } => Err(impersonation_ended()),
            Presented::Expired => Err(ApiError::new(
                Code::SessionEnded,
                "This access token has expired. Refresh the session or sign in again.",
            )),
            Presented::Session { session, .. } => {
                let record = record.ok_or_else(ended)?;
                let live = record.sessions.get(session).filter(|live| now < live.expires_at);
                let pending_deletion = live.is_some_and(|live| live.pending_deletion)
                    && record.status == Status::Deleted
                    && allow_pending_deletion;
                if !pending_deletion {
                    record.check_usable(now)?;
                }
                if live.is_none() {
                    return Err(ended());
                }
                // An account with a pending deletion can access its own data, but has no staff
                // permissions.
                let permissions =
                    if pending_deletion { PermissionSet::new() } else { record.permissions() };
                Ok(Self::user(record, permissions, Credential::Session(*session)))
            }
            Presented::ApiKey { digest, .. } => {
                // Without a valid key, the caller learns nothing about the account that the key
                // names.
                let record = record.ok_or_else(unauthenticated)?;
                let id = find_key(&record.api_keys, digest).ok_or_else(unauthenticated)?;
                let key = record
                    .api_keys
                    .get(&id)
                    .filter(|key| key.is_live(now))
                    .ok_or_else(unauthenticated)?;
                let mut permissions = record.permissions();
                if let Some(scopes) = &key.scopes {
                    permissions.retain(|permission| scopes.contains(permission));
                }
                record.check_usable(now)?;
                Ok(Self::user(record, permissions, Credential::ApiKey(id)))
            }
        }
    }

    /// Determines a staff member who acts as a user from the stored state of both. It ends when its
    /// time is over, when it was stopped, with the session in which it began, and as soon as the
    /// staff member may not begin it any more.
    ///
    /// # Errors
    /// `SESSION_ENDED`, whatever the cause.
    pub fn decide_impersonation(
        id: SessionId,
        actor: Option<&User>,
        target: Option<User>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let (Some(actor), Some(target)) = (actor, target) else {
            return Err(impersonation_ended());
        };
        let live = actor.live_impersonation(now).filter(|live| live.id == id);
        let live = live.ok_or_else(impersonation_ended)?;
        let held =
            if actor.awaits_second_factor() { PermissionSet::new() } else { actor.permissions() };
        let acting = Acting { user: actor, permissions: &held };
        let by = Impersonator::check(acting, &target, live.mode, now)
            .map_err(|_| impersonation_ended())?;
        let permissions = target.permissions();
        let caller = Self::user(target, permissions, Credential::Session(id));
        Ok(Self { impersonator: Some(by), ..caller })
    }

    /// A user who acts for themselves.
    fn user(record: User, permissions: PermissionSet, credential: Credential) -> Self {
        let awaits_second_factor = record.awaits_second_factor();
        let permissions = if awaits_second_factor { PermissionSet::new() } else { permissions };
        Self { user: record, permissions, credential, awaits_second_factor, impersonator: None }
    }

    /// Who sends the request.
    pub const fn identity(&self) -> Identity<'_> {
        match &self.impersonator {
            Some(by) => Identity::Impersonated { target: &self.user, by },
            None => Identity::User(&self.user),
        }
    }

    /// Requires a permission.
    ///
    /// # Errors
    /// `ADMIN_REQUIRED` for a user who is not staff, `SUPERADMIN_REQUIRED` or `PERMISSION_DENIED`,
    /// each with `missing`; `SECOND_FACTOR_REQUIRED` for staff who must set up a second factor.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        if self.awaits_second_factor && self.user.permissions().contains(&permission) {
            return Err(ApiError::new(
                Code::SecondFactorRequired,
                "Staff need a second factor. Set it up with POST /api/sessions/two-factor, then send the request again.",
            ));
        }
        if self.user.permissions().is_empty() {
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
        self.user.api_keys.get(&id).is_none_or(|key| key.scopes.is_some())
    }

    /// Whether the request may read the caller's own data: all except those with a key whose scopes
    /// exclude it.
    pub fn reads_own(&self) -> bool {
        let Credential::ApiKey(id) = self.credential else { return true };
        self.user.api_keys.get(&id).is_some_and(|key| key.scopes.is_none() || key.self_read)
    }

    /// The caller as the actor of a change.
    pub const fn acting(&self) -> Acting<'_> {
        Acting { user: &self.user, permissions: &self.permissions }
    }

    /// The caller as named in the audit log.
    pub fn actor(&self) -> Actor {
        self.identity().actor()
    }

    /// The session, if there is one.
    pub const fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(id) => Some(id),
            Credential::ApiKey(_) => None,
        }
    }
}

/// The error for a token of an impersonation that is over.
pub fn impersonation_ended() -> ApiError {
    ApiError::new(
        Code::SessionEnded,
        "This impersonation has ended. Use your own access token, or start another impersonation.",
    )
}

/// The error for a request without a valid credential.
pub fn unauthenticated() -> ApiError {
    ApiError::new(
        Code::Unauthenticated,
        "Authentication is required. Send an access token or an API key as `Authorization: Bearer …`.",
    )
}
