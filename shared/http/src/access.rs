//! Access: a route names an access rule, and the handler gets only the rule's grant. Without it, a
//! handler cannot run or read any user's data.

use std::future::Future;

use provost_app::App;
use provost_auth::{Caller, Presented, caller::unauthenticated};
use provost_domain::{
    ApiError, Code, Permission, Principal, UserId,
    audit::Subject,
    profile::Profile,
    rank::{check_rank, check_staff_rank},
};

use crate::{
    access_owned::StaffAboveOwner,
    problem::HandlerError,
    refusals::{NAMED, OUTRANKS, SIGNED_IN, lacked, permitted},
    users,
};

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

/// Every signed-in user.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn;

impl SignedIn {
    /// The same rule, including the one session of an account with a pending deletion.
    pub const fn including_pending_deletion(self) -> SignedInOrPendingDeletion {
        SignedInOrPendingDeletion
    }

    /// The same rule, with the caller's profile.
    pub const fn with_profile(self) -> SignedInWithProfile {
        SignedInWithProfile
    }
}

/// Every signed-in user, including the one session of an account with a pending deletion.
#[derive(Debug, Clone, Copy)]
pub struct SignedInOrPendingDeletion;

/// What [`SignedIn`] grants: the caller's own account.
#[derive(Debug, Clone)]
pub struct SignedInGrant {
    /// The caller.
    pub caller: Caller,
}

impl AccessGrant for SignedInGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
    }
}

impl AccessRule for SignedIn {
    type Grant = SignedInGrant;
    fn describe(&self) -> String {
        "signed-in".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<SignedInGrant, HandlerError> {
        Ok(SignedInGrant { caller: caller(app, presented, false).await? })
    }
}

impl AccessRule for SignedInOrPendingDeletion {
    type Grant = SignedInGrant;
    fn describe(&self) -> String {
        "signed-in or leaving".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<SignedInGrant, HandlerError> {
        Ok(SignedInGrant { caller: caller(app, presented, true).await? })
    }
}

/// Every signed-in user, for routes that need the profile too: both are read in one request to the
/// table.
#[derive(Debug, Clone, Copy)]
pub struct SignedInWithProfile;

/// What [`SignedInWithProfile`] grants: the caller's own account with its profile.
#[derive(Debug, Clone)]
pub struct ProfileGrant {
    /// The caller.
    pub caller: Caller,
    /// The caller's profile.
    pub profile: Profile,
}

impl AccessGrant for ProfileGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
    }
}

impl AccessRule for SignedInWithProfile {
    type Grant = ProfileGrant;
    fn describe(&self) -> String {
        SignedIn.describe()
    }
    fn errors(&self) -> Vec<Code> {
        SignedIn.errors()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<ProfileGrant, HandlerError> {
        let found = match presented.user() {
            Some(user) => app.store().principal_and_profile(user).await?,
            None => None,
        };
        let (principal, profile) = found.unzip();
        let caller = Caller::decide(presented, principal, false, app.now())?;
        Ok(ProfileGrant { caller, profile: profile.unwrap_or_default() })
    }
}

/// Every signed-in user, for a job that they started with a permission. A key with staff scopes can
/// read it, since its scopes limit what the job shows.
#[derive(Debug, Clone, Copy)]
pub struct JobOwner;

/// What [`JobOwner`] grants: the caller's own jobs.
#[derive(Debug, Clone)]
pub struct JobGrant {
    /// The caller.
    pub caller: Caller,
}

impl AccessGrant for JobGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
    }
    fn by_permission(&self) -> bool {
        !self.caller.permissions.is_empty()
    }
}

impl AccessRule for JobOwner {
    type Grant = JobGrant;
    fn describe(&self) -> String {
        "signed-in".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<JobGrant, HandlerError> {
        Ok(JobGrant { caller: caller(app, presented, false).await? })
    }
}

/// The caller's own data, or staff with the permission.
#[derive(Debug, Clone, Copy)]
pub struct SelfOrStaff {
    permission: Permission,
    param: &'static str,
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
    let me = caller.principal.user_id;
    if users::is_named(&caller.principal, name) {
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

impl AccessGrant for SelfOrStaffGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
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
    pub target: Principal,
}

impl AccessGrant for AccountGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
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
            return Ok(AccountGrant { target: caller.principal.clone(), own, caller });
        }
        let target = match target {
            Some(target) => target,
            None => app.store().principal(user).await?.ok_or_else(ApiError::no_such_user)?,
        };
        check_staff_rank(caller.acting(), &target)?;
        Ok(AccountGrant { caller, own, target })
    }
}

/// Staff with the permission.
#[derive(Debug, Clone, Copy)]
pub struct StaffAccess(Permission);

impl StaffAccess {
    /// The same rule, for a user named by the path parameter, with a rank below the caller's: a
    /// caller without a rank has no access.
    pub const fn above_target(self, param: &'static str) -> StaffAboveTarget {
        StaffAboveTarget { permission: self.0, param }
    }

    /// The same rule, for a user named by the path parameter: not the caller, and another staff
    /// member only with a lower rank.
    pub const fn above_staff_target(self, param: &'static str) -> StaffAboveStaffTarget {
        StaffAboveStaffTarget { permission: self.0, param }
    }

    /// The same rule, for a resource named by the path parameter that concerns neither the caller
    /// nor a staff member of the same or a higher rank.
    pub const fn above_owner<T>(self, param: &'static str) -> StaffAboveOwner<T> {
        StaffAboveOwner::new(self.0, param)
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
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
    }
    fn by_permission(&self) -> bool {
        true
    }
}

impl AccessRule for StaffAccess {
    type Grant = StaffGrant;
    fn describe(&self) -> String {
        self.0.to_string()
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.0)].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0)
    }
    fn is_staff_only(&self) -> bool {
        true
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<StaffGrant, HandlerError> {
        let caller = caller(app, presented, false).await?;
        caller.require(self.0)?;
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
    pub target: Principal,
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
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
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
        None if name == "me" => caller.principal.clone(),
        None => users::find(app, name).await?,
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

/// Whether this error of a staff route is recorded in the audit log.
pub fn is_audited(code: Code) -> bool {
    matches!(code.status(), 403 | 423)
}
