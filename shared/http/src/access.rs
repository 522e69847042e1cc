//! Access: a route names an access rule, and the handler gets only the rule's grant. Without it, a
//! handler cannot run or read any user's data.

mod identities;
mod impersonating;
mod key_use;
mod organisation;
mod owner;
pub(crate) mod reference;
mod self_or_staff;
mod signed_in;
mod staff;
mod system;

use std::future::Future;

pub use identities::Identities;
pub use impersonating::{Impersonating, ImpersonatingGrant};
use key_use::note_key_use;
pub use organisation::{InOrganisation, OrganisationGrant};
pub use owner::{
    HasOwner, ListedImpersonation, OwnerGrant, OwnerOrStaff, StaffAboveOwner, StaffOwnerGrant,
};
use provost_app::App;
use provost_auth::{Caller, Presented, caller::unauthenticated};
use provost_domain::{Code, Permission, User, UserId, identity::Identity};
pub use self_or_staff::{AccountGrant, SelfOrStaff, SelfOrStaffAbove, SelfOrStaffGrant};
pub use signed_in::{
    JobGrant, JobOwner, ProfileGrant, SignedIn, SignedInGrant, SignedInOrPendingDeletion,
    SignedInWithProfile,
};
pub use staff::{
    StaffAboveStaffTarget, StaffAboveTarget, StaffAccess, StaffGrant, StaffTargetGrant,
};
pub use system::{StaffOrSystem, StaffOrSystemGrant, SystemAccess, SystemGrant};

use crate::problem::HandlerError;

/// The path parameters, by name.
#[derive(Debug, Clone, Default)]
pub struct Params(pub Vec<(String, String)>);

impl<'a> FromIterator<(&'a str, &'a str)> for Params {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(params: I) -> Self {
        Self(params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Params {
    /// A parameter; empty if the route has none with this name.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// What a rule grants.
pub trait AccessGrant: Send + 'static {
    /// The caller, if known.
    fn caller(&self) -> Option<&Caller>;

    /// Who sends the request, if known.
    fn identity(&self) -> Option<Identity<'_>> {
        self.caller().map(Caller::identity)
    }

    /// Whether access was granted by a permission; otherwise the caller accesses their own data.
    fn by_permission(&self) -> bool {
        false
    }
}

/// An access rule.
pub trait AccessRule: Clone + Send + Sync + 'static {
    /// The grant.
    type Grant: AccessGrant;

    /// A description of the rule, for the matrix and the API description: `public`, `signed-in`,
    /// `own or user.view`, `user.suspend+rank`.
    fn describe(&self) -> String;

    /// The path parameter that names the resource of the rule.
    fn path_param(&self) -> Option<&'static str> {
        None
    }

    /// The required permission of a staff route.
    fn permission(&self) -> Option<Permission> {
        None
    }

    /// Whether the route is only for staff.
    fn is_staff_only(&self) -> bool {
        false
    }

    /// The identities that the rule accepts. Staff routes refuse staff who act as a user, unless
    /// they say otherwise.
    fn identities(&self) -> Identities {
        if self.is_staff_only() { Identities::USERS } else { Identities::USERS.and_impersonators() }
    }

    /// Whether an error with this code is recorded in the audit log: attempts by staff, but not by
    /// users on their own data.
    fn keeps_refusal(&self, code: Code) -> bool {
        self.is_staff_only() && is_audited(code)
    }

    /// The error codes of the decision.
    fn errors(&self) -> Vec<Code>;

    /// Decides on access, with at most one read of the table, before the body is read.
    fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> impl Future<Output = Result<Self::Grant, HandlerError>> + Send;
}

/// The access rules of routes. A rule about a resource in the path names the path parameter.
#[derive(Debug, Clone, Copy)]
pub struct Access;

impl Access {
    /// Every caller, signed in or not.
    pub const fn public() -> Public {
        Public
    }

    /// Every signed-in user.
    pub const fn signed_in() -> SignedIn {
        SignedIn
    }

    /// Staff with the permission.
    pub const fn staff(permission: Permission) -> StaffAccess {
        StaffAccess::new(permission)
    }

    /// The user named by the path parameter, or staff with the permission.
    pub const fn self_or(permission: Permission, param: &'static str) -> SelfOrStaff {
        SelfOrStaff { permission, param }
    }

    /// Other services, by a system key with the scope.
    pub const fn system(scope: Permission) -> SystemAccess {
        SystemAccess { scope }
    }

    /// The owner of the resource named by the path parameter, or staff with the permission.
    pub const fn owner_or<T>(permission: Permission, param: &'static str) -> OwnerOrStaff<T> {
        OwnerOrStaff::new(permission, param)
    }

    /// A staff member, with the token of their impersonation, or with their own session.
    pub const fn impersonating() -> Impersonating {
        Impersonating
    }

    /// Every signed-in user, for a job that they started with a permission.
    pub const fn job_owner() -> JobOwner {
        JobOwner
    }
}

/// Anyone, signed in or not.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// What [`Public`] grants: nothing.
#[derive(Debug, Clone, Copy)]
pub struct PublicGrant;

impl AccessGrant for PublicGrant {
    fn caller(&self) -> Option<&Caller> {
        None
    }
}

impl AccessRule for Public {
    type Grant = PublicGrant;
    fn describe(&self) -> String {
        "public".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        Vec::new()
    }
    async fn decide(
        &self,
        _: &App,
        _: &Presented,
        _: &Params,
    ) -> Result<PublicGrant, HandlerError> {
        Ok(PublicGrant)
    }
}

async fn caller(
    app: &App,
    presented: &Presented,
    pending_deletion: bool,
) -> Result<Caller, HandlerError> {
    let (record, actor) = match (presented.user(), presented.impersonator()) {
        (Some(user), Some(actor)) => app.store().caller_and_target(user, actor).await?,
        (Some(user), None) => (app.store().user(user).await?, None),
        (None, _) => (None, None),
    };
    decided_with(app, presented, record, actor, pending_deletion).await
}

/// The caller whose account was read. The account of a staff member who acts as a user is read here.
async fn decided(
    app: &App,
    presented: &Presented,
    record: Option<User>,
    pending_deletion: bool,
) -> Result<Caller, HandlerError> {
    let actor = match presented.impersonator() {
        Some(actor) => app.store().user(actor).await?,
        None => None,
    };
    decided_with(app, presented, record, actor, pending_deletion).await
}

/// The caller, after the use of an API key was noted; `actor` is the account of a staff member who
/// acts as the user.
async fn decided_with(
    app: &App,
    presented: &Presented,
    record: Option<User>,
    actor: Option<User>,
    pending_deletion: bool,
) -> Result<Caller, HandlerError> {
    if let Presented::Impersonation { id, .. } = presented {
        return Ok(Caller::decide_impersonation(*id, actor.as_ref(), record, app.now())?);
    }
    let caller = Caller::decide(presented, record, pending_deletion, app.now())?;
    match note_key_use(app, &caller).await? {
        Some(user) => Ok(Caller::decide(presented, Some(user), pending_deletion, app.now())?),
        None => Ok(caller),
    }
}

/// The caller and, if the path names a user by id, that user, read in one request.
async fn caller_and_named(
    app: &App,
    presented: &Presented,
    name: &str,
) -> Result<(Caller, Option<User>), HandlerError> {
    let named: Option<UserId> = name.parse().ok();
    let (user, target) = match (presented.user(), named) {
        (Some(caller), Some(target)) => app.store().caller_and_target(caller, target).await?,
        (Some(caller), None) => (app.store().user(caller).await?, None),
        (None, _) => {
            return Err(Caller::decide(presented, None, false, app.now())
                .err()
                .unwrap_or_else(unauthenticated)
                .into());
        }
    };
    Ok((decided(app, presented, user, false).await?, target))
}

/// Whether this error of a staff route is recorded in the audit log.
pub fn is_audited(code: Code) -> bool {
    matches!(code.status(), 403 | 423)
}
