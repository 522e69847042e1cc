//! Access: a route names an access rule, and the handler gets only the rule's grant. Without it, a
//! handler cannot run or read any user's data.

mod organisation;
mod owner;
mod self_or_staff;
mod signed_in;
mod staff;

use std::future::Future;

pub use organisation::{InOrganisation, OrganisationGrant};
pub use owner::{HasOwner, StaffAboveOwner, StaffOwnerGrant};
use provost_app::App;
use provost_auth::{Caller, Presented, caller::unauthenticated};
use provost_domain::{Code, Permission, Principal, UserId};
pub use self_or_staff::{AccountGrant, SelfOrStaff, SelfOrStaffAbove, SelfOrStaffGrant};
pub use signed_in::{
    JobGrant, JobOwner, ProfileGrant, SignedIn, SignedInGrant, SignedInOrPendingDeletion,
    SignedInWithProfile,
};
pub use staff::{
    StaffAboveStaffTarget, StaffAboveTarget, StaffAccess, StaffGrant, StaffTargetGrant,
};

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

    /// The caller, to be updated.
    fn caller_mut(&mut self) -> Option<&mut Caller>;

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
        StaffAccess(permission)
    }

    /// The user named by the path parameter, or staff with the permission.
    pub const fn self_or(permission: Permission, param: &'static str) -> SelfOrStaff {
        SelfOrStaff { permission, param }
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
    fn caller_mut(&mut self) -> Option<&mut Caller> {
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

async fn caller(app: &App, presented: &Presented, leaving: bool) -> Result<Caller, HandlerError> {
    let principal = match presented.user() {
        Some(user) => app.store().principal(user).await?,
        None => None,
    };
    Ok(Caller::decide(presented, principal, leaving, app.now())?)
}

/// The caller and, if the path names a user by id, that user, read in one request.
async fn caller_and_named(
    app: &App,
    presented: &Presented,
    name: &str,
) -> Result<(Caller, Option<Principal>), HandlerError> {
    let named: Option<UserId> = name.parse().ok();
    let (principal, target) = match (presented.user(), named) {
        (Some(caller), Some(target)) => app.store().principals(caller, target).await?,
        (Some(caller), None) => (app.store().principal(caller).await?, None),
        (None, _) => {
            return Err(Caller::decide(presented, None, false, app.now())
                .err()
                .unwrap_or_else(unauthenticated)
                .into());
        }
    };
    Ok((Caller::decide(presented, principal, false, app.now())?, target))
}

/// Whether this error of a staff route is recorded in the audit log.
pub fn is_audited(code: Code) -> bool {
    matches!(code.status(), 403 | 423)
}
