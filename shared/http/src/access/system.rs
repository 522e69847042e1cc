//! Rules for other services, which send a system key.

use provost_app::App;
use provost_auth::{Caller, Presented};
use provost_domain::{
    ApiError, Code, Permission,
    identity::{Identity, SystemKey},
    system_key::LAST_USE_EVERY,
};
use tracing::warn;

use super::{AccessGrant, AccessRule, Identities, Params, caller};
use crate::{
    problem::HandlerError,
    refusals::{SIGNED_IN, permitted},
};

/// Other services, by a system key with the scope.
#[derive(Debug, Clone, Copy)]
pub struct SystemAccess {
    pub(super) scope: Permission,
}

/// What [`SystemAccess`] grants: access as a service.
#[derive(Debug, Clone)]
pub struct SystemGrant {
    /// The key.
    pub key: SystemKey,
}

impl AccessGrant for SystemGrant {
    fn caller(&self) -> Option<&Caller> {
        None
    }
    fn identity(&self) -> Option<Identity<'_>> {
        Some(Identity::System { key: &self.key })
    }
    fn by_permission(&self) -> bool {
        true
    }
}

impl AccessRule for SystemAccess {
    type Grant = SystemGrant;
    fn describe(&self) -> String {
        format!("system key with {}", self.scope)
    }
    fn identities(&self) -> Identities {
        Identities::SERVICES
    }
    fn errors(&self) -> Vec<Code> {
        vec![Code::SystemKeyRequired, Code::PermissionDenied]
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<SystemGrant, HandlerError> {
        Ok(SystemGrant { key: service(app, presented, self.scope).await? })
    }
}

/// Staff with the permission, or other services by a system key with it as a scope.
#[derive(Debug, Clone, Copy)]
pub struct StaffOrSystem {
    pub(super) permission: Permission,
}

/// What [`StaffOrSystem`] grants: access as staff or as a service.
#[derive(Debug, Clone)]
pub enum StaffOrSystemGrant {
    /// A staff member.
    Staff(Box<Caller>),
    /// Another service.
    System(SystemKey),
}

impl AccessGrant for StaffOrSystemGrant {
    fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Staff(caller) => Some(caller),
            Self::System(_) => None,
        }
    }
    fn identity(&self) -> Option<Identity<'_>> {
        Some(match self {
            Self::Staff(caller) => caller.identity(),
            Self::System(key) => Identity::System { key },
        })
    }
    fn by_permission(&self) -> bool {
        true
    }
}

impl AccessRule for StaffOrSystem {
    type Grant = StaffOrSystemGrant;
    fn describe(&self) -> String {
        format!("{} or system key", self.permission)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.permission), &[Code::SystemKeyRequired]].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.permission)
    }
    fn is_staff_only(&self) -> bool {
        true
    }
    fn identities(&self) -> Identities {
        Identities::USERS.and_services()
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<StaffOrSystemGrant, HandlerError> {
        if matches!(presented, Presented::SystemKey { .. }) {
            let key = service(app, presented, self.permission).await?;
            return Ok(StaffOrSystemGrant::System(key));
        }
        let caller = caller(app, presented, false).await?;
        caller.require(self.permission)?;
        Ok(StaffOrSystemGrant::Staff(Box::new(caller)))
    }
}

/// The service that sends a request, with the scope. Its use of the key is recorded at most once in
/// five minutes; if the write fails, the request continues.
async fn service(
    app: &App,
    presented: &Presented,
    scope: Permission,
) -> Result<SystemKey, HandlerError> {
    let required = || {
        ApiError::new(
            Code::SystemKeyRequired,
            "A live system key is required. Send it as `Authorization: Bearer esk_…`.",
        )
    };
    let Presented::SystemKey { service, digest } = presented else {
        return Err(required().into());
    };
    let service = app.store().service(service).await?.ok_or_else(required)?;
    let (id, key) = service.find(digest).ok_or_else(required)?;
    if !key.scopes.contains(&scope) {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "This system key does not have the scope listed in `missing`. Create a key with it.",
        )
        .with("missing", vec![scope.as_str()])
        .into());
    }
    let now = app.now();
    if key.last_used_at.is_none_or(|last| now.since(last) >= LAST_USE_EVERY)
        && let Err(error) = app.store().note_system_key_use(&service.name, id, now).await
    {
        warn!(key.id = %id, cause = %error, "the use of system key {id} could not be noted");
    }
    Ok(service.identity(key))
}
