//! Rules for staff: with a permission, and above the user in the path.

use provost_app::App;
use provost_auth::{Caller, Presented};
use provost_domain::{
    Code, Permission, User,
    audit::Subject,
    rank::{check_rank, check_staff_rank},
};

use super::{
    AccessGrant, AccessRule, Identities, Params, StaffAboveOwner, StaffOrSystem, caller,
    caller_and_named,
};
use crate::{
    access::reference,
    problem::HandlerError,
    refusals::{NAMED, OUTRANKS, SIGNED_IN, permitted},
};

/// Staff with the permission.
#[derive(Debug, Clone, Copy)]
pub struct StaffAccess {
    permission: Permission,
    while_impersonating: bool,
}

impl StaffAccess {
    pub(super) const fn new(permission: Permission) -> Self {
        Self { permission, while_impersonating: false }
    }

    /// The same rule, also for staff who act as a user with the permission.
    #[must_use]
    pub const fn while_impersonating(self) -> Self {
        Self { while_impersonating: true, ..self }
    }

    /// The same rule, also for other services, by a system key with the permission as a scope.
    pub const fn or_system(self) -> StaffOrSystem {
        StaffOrSystem { permission: self.permission }
    }

    /// The same rule, for a user named by the path parameter, with a rank below the caller's: a
    /// caller without a rank has no access.
    pub const fn above_target(self, param: &'static str) -> StaffAboveTarget {
        StaffAboveTarget { permission: self.permission, param }
    }

    /// The same rule, for a user named by the path parameter: not the caller, and another staff
    /// member only with a lower rank.
    pub const fn above_staff_target(self, param: &'static str) -> StaffAboveStaffTarget {
        StaffAboveStaffTarget { permission: self.permission, param }
    }

    /// The same rule, for a resource named by the path parameter that concerns neither the caller
    /// nor a staff member of the same or a higher rank.
    pub const fn above_owner<T>(self, param: &'static str) -> StaffAboveOwner<T> {
        StaffAboveOwner::new(self.permission, param)
    }
}

/// What [`StaffAccess`] grants: access as staff.
#[derive(Debug, Clone)]
pub struct StaffGrant {
    /// The caller.
    pub caller: Caller,
}

impl AccessGrant for StaffGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        true
    }
}

impl AccessRule for StaffAccess {
    type Grant = StaffGrant;
    fn describe(&self) -> String {
        let also = if self.while_impersonating { " or impersonating" } else { "" };
        format!("{}{also}", self.permission)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.permission)].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.permission)
    }
    fn is_staff_only(&self) -> bool {
        true
    }
    fn identities(&self) -> Identities {
        if self.while_impersonating {
            Identities::USERS.and_impersonators()
        } else {
            Identities::USERS
        }
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<StaffGrant, HandlerError> {
        let caller = caller(app, presented, false).await?;
        caller.require(self.permission)?;
        Ok(StaffGrant { caller })
    }
}

/// Staff with the permission and a higher rank than the user in the path.
#[derive(Debug, Clone, Copy)]
pub struct StaffAboveTarget {
    permission: Permission,
    param: &'static str,
}

/// What [`StaffAboveTarget`] grants: access to one user, read in the same request as the caller.
#[derive(Debug, Clone)]
pub struct StaffTargetGrant {
    /// The caller.
    pub caller: Caller,
    /// The user.
    pub target: User,
}

impl StaffTargetGrant {
    /// The user as named in the audit log.
    pub fn subject(&self) -> Subject {
        self.target.subject()
    }
}

impl AccessGrant for StaffTargetGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        true
    }
}

impl AccessRule for StaffAboveTarget {
    type Grant = StaffTargetGrant;
    fn describe(&self) -> String {
        format!("{}+rank", self.permission)
    }
    fn path_param(&self) -> Option<&'static str> {
        Some(self.param)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.permission), NAMED, OUTRANKS].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.permission)
    }
    fn is_staff_only(&self) -> bool {
        true
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> Result<StaffTargetGrant, HandlerError> {
        let grant =
            caller_and_target(app, presented, params.get(self.param), self.permission).await?;
        check_rank(grant.caller.acting(), &grant.target)?;
        Ok(grant)
    }
}

async fn caller_and_target(
    app: &App,
    presented: &Presented,
    name: &str,
    permission: Permission,
) -> Result<StaffTargetGrant, HandlerError> {
    let (caller, target) = caller_and_named(app, presented, name).await?;
    caller.require(permission)?;
    // Other spellings (`email:…`, `me`) are resolved only for callers with access.
    let target = match target {
        Some(target) => target,
        None if name == "me" => caller.user.clone(),
        None => reference::find(app, name).await?,
    };
    Ok(StaffTargetGrant { caller, target })
}

/// Staff with the permission, for the user in the path: not themselves, and other staff only with a
/// higher rank.
#[derive(Debug, Clone, Copy)]
pub struct StaffAboveStaffTarget {
    permission: Permission,
    param: &'static str,
}

impl AccessRule for StaffAboveStaffTarget {
    type Grant = StaffTargetGrant;
    fn describe(&self) -> String {
        format!("{}+staff-rank", self.permission)
    }
    fn path_param(&self) -> Option<&'static str> {
        Some(self.param)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.permission), NAMED, OUTRANKS].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.permission)
    }
    fn is_staff_only(&self) -> bool {
        true
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> Result<StaffTargetGrant, HandlerError> {
        let grant =
            caller_and_target(app, presented, params.get(self.param), self.permission).await?;
        check_staff_rank(grant.caller.acting(), &grant.target)?;
        Ok(grant)
    }
}
