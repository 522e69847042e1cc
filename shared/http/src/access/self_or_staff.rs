//! Rules for a user's own data, which staff with a permission may access too.

use provost_app::App;
use provost_auth::{Caller, Presented};
use provost_domain::{ApiError, Code, Permission, User, UserId, rank::check_staff_rank};

use super::{AccessGrant, AccessRule, Params, caller, caller_and_named};
use crate::{
    problem::HandlerError,
    refusals::{NAMED, SIGNED_IN, lacked},
    users,
};

/// The caller's own data, or staff with the permission.
#[derive(Debug, Clone, Copy)]
pub struct SelfOrStaff {
    pub(super) permission: Permission,
    pub(super) param: &'static str,
}

impl SelfOrStaff {
    /// The same rule; for another staff member, a higher rank is required too.
    pub const fn above_staff(self) -> SelfOrStaffAbove {
        SelfOrStaffAbove(self)
    }
}

/// What [`SelfOrStaff`] grants: one user's data.
#[derive(Debug, Clone)]
pub struct SelfOrStaffGrant {
    /// The caller.
    pub caller: Caller,
    /// The user whose data is accessed.
    pub user: UserId,
    /// Whether the data is the caller's own.
    pub own: bool,
}

async fn own_or_permitted(
    app: &App,
    caller: Caller,
    name: &str,
    permission: Permission,
) -> Result<SelfOrStaffGrant, HandlerError> {
    let me = caller.user.user_id;
    if caller.user.is_named(name) {
        return Ok(SelfOrStaffGrant { caller, user: me, own: true });
    }
    // A user whom the caller cannot see does not exist for them; a caller who can see the user, but
    // lacks this permission, gets the missing permissions.
    if let Err(refused) = caller.require(permission) {
        let may_see = caller.permissions.contains(&Permission::UserView);
        return Err(if may_see { refused } else { ApiError::no_such_user() }.into());
    }
    let user = users::resolve(app, name).await?.ok_or_else(ApiError::no_such_user)?;
    Ok(SelfOrStaffGrant { own: user == me, user, caller })
}

impl AccessGrant for SelfOrStaffGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        !self.own
    }
}

impl AccessRule for SelfOrStaff {
    type Grant = SelfOrStaffGrant;
    fn describe(&self) -> String {
        format!("own or {}", self.permission)
    }
    fn path_param(&self) -> Option<&'static str> {
        Some(self.param)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, NAMED, lacked(self.permission)].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.permission)
    }
    fn keeps_refusal(&self, code: Code) -> bool {
        // Access to one's own data never fails with these codes; the missing permission was for
        // another user.
        matches!(code, Code::PermissionDenied | Code::SuperadminRequired)
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> Result<SelfOrStaffGrant, HandlerError> {
        own_or_permitted(
            app,
            caller(app, presented, false).await?,
            params.get(self.param),
            self.permission,
        )
        .await
    }
}

/// The caller's own data, or staff with the permission and, for another staff member, a higher
/// rank.
#[derive(Debug, Clone, Copy)]
pub struct SelfOrStaffAbove(SelfOrStaff);

/// What [`SelfOrStaffAbove`] grants: one user's account in its current state.
#[derive(Debug, Clone)]
pub struct AccountGrant {
    /// The caller.
    pub caller: Caller,
    /// Whether it is the caller's own account.
    pub own: bool,
    /// The account.
    pub target: User,
}

impl AccessGrant for AccountGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        !self.own
    }
}

impl AccessRule for SelfOrStaffAbove {
    type Grant = AccountGrant;
    fn describe(&self) -> String {
        format!("own or {}+staff-rank", self.0.permission)
    }
    fn path_param(&self) -> Option<&'static str> {
        Some(self.0.param)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, NAMED, lacked(self.0.permission), &[Code::Outranked]].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0.permission)
    }
    fn keeps_refusal(&self, code: Code) -> bool {
        matches!(code, Code::PermissionDenied | Code::SuperadminRequired | Code::Outranked)
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> Result<AccountGrant, HandlerError> {
        let (caller, target) = caller_and_named(app, presented, params.get(self.0.param)).await?;
        let SelfOrStaffGrant { caller, user, own } =
            own_or_permitted(app, caller, params.get(self.0.param), self.0.permission).await?;
        if own {
            return Ok(AccountGrant { target: caller.user.clone(), own, caller });
        }
        let target = match target {
            Some(target) => target,
            None => app.store().user(user).await?.ok_or_else(ApiError::no_such_user)?,
        };
        check_staff_rank(caller.acting(), &target)?;
        Ok(AccountGrant { caller, own, target })
    }
}
