//! Access: a route's row names a rule, and the rule's grant is all that the handler gets. Without it, a handler cannot run or read any user's data.

use std::future::Future;

use provost_app::App;
use provost_auth::{Caller, Presented, caller::unauthenticated};
use provost_domain::{
    Code, Permission, Principal, Refused, UserId,
    audit::Subject,
    profile::Profile,
    rank::{check_rank, check_staff_rank},
};

use crate::{
    problem::Problem,
    refusals::{NAMED, OUTRANKS, SIGNED_IN, lacked, permitted},
    users,
};

/// The path's parameters, by name.
#[derive(Debug, Clone, Default)]
pub struct Params(pub Vec<(String, String)>);

impl<'a> FromIterator<(&'a str, &'a str)> for Params {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(params: I) -> Self {
        Self(params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Params {
    /// A parameter; empty when the route has none of this name.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// What a rule grants.
pub trait Granted: Send + 'static {
    /// The caller, if known.
    fn caller(&self) -> Option<&Caller>;

    /// The caller, to be updated.
    fn caller_mut(&mut self) -> Option<&mut Caller>;

    /// Whether access was granted by a permission; otherwise the caller accesses their own data.
    fn by_permission(&self) -> bool {
        false
    }
}

/// A rule of access.
pub trait Rule: Clone + Send + Sync + 'static {
    /// The grant.
    type Grant: Granted;

    /// A description of the rule, for the matrix and the document: `public`, `signed-in`, `own or user.view`, `user.suspend+rank`.
    fn words(&self) -> String;

    /// The required permission of a staff route.
    fn permission(&self) -> Option<Permission> {
        None
    }

    /// Whether the route is only for staff.
    fn is_staff_only(&self) -> bool {
        false
    }

    /// Whether a refusal with this code is recorded in the audit log: attempts by staff, but not by users on their own data.
    fn keeps_refusal(&self, code: Code) -> bool {
        self.is_staff_only() && is_audited(code)
    }

    /// The error codes of the decision.
    fn refuses(&self) -> Vec<Code>;

    /// Decides, with one read of the table at most, before the body is read.
    fn decide(&self, app: &App, presented: &Presented, params: &Params) -> impl Future<Output = Result<Self::Grant, Problem>> + Send;
}

/// Anyone, signed in or not.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// What [`Public`] grants: nothing.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Granted for Anyone {
    fn caller(&self) -> Option<&Caller> {
        None
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        None
    }
}

impl Rule for Public {
    type Grant = Anyone;
    fn words(&self) -> String {
        "public".to_owned()
    }
    fn refuses(&self) -> Vec<Code> {
        Vec::new()
    }
    async fn decide(&self, _: &App, _: &Presented, _: &Params) -> Result<Anyone, Problem> {
        Ok(Anyone)
    }
}

async fn caller(app: &App, presented: &Presented, leaving: bool) -> Result<Caller, Problem> {
    let principal = match presented.user() {
        Some(user) => app.store().principal(user).await?,
        None => None,
    };
    Ok(Caller::decide(presented, principal, leaving, app.now())?)
}

/// Every signed-in user.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn;

/// Every signed-in user, including the one session that an account has while its deletion is pending.
#[derive(Debug, Clone, Copy)]
pub struct Leaving;

/// What [`SignedIn`] grants: the caller's own account.
#[derive(Debug, Clone)]
pub struct Person {
    /// The caller.
    pub caller: Caller,
}

impl Granted for Person {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
    }
}

impl Rule for SignedIn {
    type Grant = Person;
    fn words(&self) -> String {
        "signed-in".to_owned()
    }
    fn refuses(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(&self, app: &App, presented: &Presented, _: &Params) -> Result<Person, Problem> {
        Ok(Person { caller: caller(app, presented, false).await? })
    }
}

impl Rule for Leaving {
    type Grant = Person;
    fn words(&self) -> String {
        "signed-in or leaving".to_owned()
    }
    fn refuses(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(&self, app: &App, presented: &Presented, _: &Params) -> Result<Person, Problem> {
        Ok(Person { caller: caller(app, presented, true).await? })
    }
}

/// Every signed-in user, where the route shows the profile too: both are read in one request to the table.
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

impl Granted for ProfileGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn caller_mut(&mut self) -> Option<&mut Caller> {
        Some(&mut self.caller)
    }
}

impl Rule for SignedInWithProfile {
    type Grant = ProfileGrant;
    fn words(&self) -> String {
        SignedIn.words()
    }
    fn refuses(&self) -> Vec<Code> {
        SignedIn.refuses()
    }
    async fn decide(&self, app: &App, presented: &Presented, _: &Params) -> Result<ProfileGrant, Problem> {
        let found = match presented.user() {
            Some(user) => app.store().principal_and_profile(user).await?,
            None => None,
        };
        let (principal, profile) = found.unzip();
        let caller = Caller::decide(presented, principal, false, app.now())?;
        Ok(ProfileGrant { caller, profile: profile.unwrap_or_default() })
    }
}

/// Every signed-in user, for a job that they started by a permission. A key with staff scopes can read it, since its scopes limit what the job shows.
#[derive(Debug, Clone, Copy)]
pub struct JobOwner;

/// What [`JobOwner`] grants: the caller's own jobs.
#[derive(Debug, Clone)]
pub struct JobGrant {
    /// The caller.
    pub caller: Caller,
}

impl Granted for JobGrant {
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

impl Rule for JobOwner {
    type Grant = JobGrant;
    fn words(&self) -> String {
        "signed-in".to_owned()
    }
    fn refuses(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(&self, app: &App, presented: &Presented, _: &Params) -> Result<JobGrant, Problem> {
        Ok(JobGrant { caller: caller(app, presented, false).await? })
    }
}

/// The caller's own data, or staff with the permission. The user is the path's `{id}` or `{userId}`.
#[derive(Debug, Clone, Copy)]
pub struct Own(pub Permission);

/// What [`Own`] grants: one user's data.
#[derive(Debug, Clone)]
pub struct OwnGrant {
    /// The caller.
    pub caller: Caller,
    /// The user whose data it is.
    pub user: UserId,
    /// Whether it is the caller's own.
    pub own: bool,
}

async fn own_or_permitted(app: &App, caller: Caller, params: &Params, permission: Permission) -> Result<OwnGrant, Problem> {
    let name = person_param(params);
    let me = caller.principal.user_id;
    if users::is_named(&caller.principal, name) {
        return Ok(OwnGrant { caller, user: me, own: true });
    }
    // A user whom the caller may not see does not exist for them; a caller who may see the user, but not do this, learns what is missing.
    if let Err(refused) = caller.require(permission) {
        let may_see = caller.permissions.contains(&Permission::UserView);
        return Err(if may_see { refused } else { Refused::no_such_user() }.into());
    }
    let user = users::resolve(app, name).await?.ok_or_else(Refused::no_such_user)?;
    Ok(OwnGrant { own: user == me, user, caller })
}

/// The caller and, when the path names a user by id, that user, read in one request.
async fn caller_and_named(app: &App, presented: &Presented, params: &Params) -> Result<(Caller, Option<Principal>), Problem> {
    let named: Option<UserId> = person_param(params).parse().ok();
    let (principal, target) = match (presented.user(), named) {
        (Some(caller), Some(target)) => app.store().principals(caller, target).await?,
        (Some(caller), None) => (app.store().principal(caller).await?, None),
        (None, _) => return Err(Caller::decide(presented, None, false, app.now()).err().unwrap_or_else(unauthenticated).into()),
    };
    Ok((Caller::decide(presented, principal, false, app.now())?, target))
}

impl Granted for OwnGrant {
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

/// The path's parameter that names a user.
fn person_param(params: &Params) -> &str {
    ["id", "userId", "user_id"].into_iter().map(|name| params.get(name)).find(|value| !value.is_empty()).unwrap_or_default()
}

impl Rule for Own {
    type Grant = OwnGrant;
    fn words(&self) -> String {
        format!("own or {}", self.0)
    }
    fn refuses(&self) -> Vec<Code> {
        [SIGNED_IN, NAMED, lacked(self.0)].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0)
    }
    fn keeps_refusal(&self, code: Code) -> bool {
        // Deciding on one's own never ends so; a permission was missing for somebody else's.
        matches!(code, Code::PermissionDenied | Code::SuperadminRequired)
    }

    async fn decide(&self, app: &App, presented: &Presented, params: &Params) -> Result<OwnGrant, Problem> {
        own_or_permitted(app, caller(app, presented, false).await?, params, self.0).await
    }
}

/// The caller's own data, or staff with the permission and, for another staff member, a higher rank.
#[derive(Debug, Clone, Copy)]
pub struct OwnOrRanked(pub Permission);

/// What [`OwnOrRanked`] grants: one user's account, as it is now.
#[derive(Debug, Clone)]
pub struct AccountGrant {
    /// The caller.
    pub caller: Caller,
    /// Whether it is the caller's own account.
    pub own: bool,
    /// The account.
    pub target: Principal,
}

impl Granted for AccountGrant {
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

impl Rule for OwnOrRanked {
    type Grant = AccountGrant;
    fn words(&self) -> String {
        format!("own or {}+staff-rank", self.0)
    }
    fn refuses(&self) -> Vec<Code> {
        [SIGNED_IN, NAMED, lacked(self.0), &[Code::Outranked]].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0)
    }
    fn keeps_refusal(&self, code: Code) -> bool {
        matches!(code, Code::PermissionDenied | Code::SuperadminRequired | Code::Outranked)
    }

    async fn decide(&self, app: &App, presented: &Presented, params: &Params) -> Result<AccountGrant, Problem> {
        let (caller, target) = caller_and_named(app, presented, params).await?;
        let OwnGrant { caller, user, own } = own_or_permitted(app, caller, params, self.0).await?;
        if own {
            return Ok(AccountGrant { target: caller.principal.clone(), own, caller });
        }
        let target = match target {
            Some(target) => target,
            None => app.store().principal(user).await?.ok_or_else(Refused::no_such_user)?,
        };
        check_staff_rank(caller.acting(), &target)?;
        Ok(AccountGrant { caller, own, target })
    }
}

/// Staff with the permission.
#[derive(Debug, Clone, Copy)]
pub struct Permit(pub Permission);

/// What [`Permit`] grants: access as staff.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The caller.
    pub caller: Caller,
}

impl Granted for Staff {
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

impl Rule for Permit {
    type Grant = Staff;
    fn words(&self) -> String {
        self.0.to_string()
    }
    fn refuses(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.0)].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0)
    }
    fn is_staff_only(&self) -> bool {
        true
    }

    async fn decide(&self, app: &App, presented: &Presented, _: &Params) -> Result<Staff, Problem> {
        let caller = caller(app, presented, false).await?;
        caller.require(self.0)?;
        Ok(Staff { caller })
    }
}

/// Staff with the permission and a higher rank than the user in the path's `{id}`.
#[derive(Debug, Clone, Copy)]
pub struct Over(pub Permission);

/// What [`Over`] grants: access to one user, read in the same request as the caller.
#[derive(Debug, Clone)]
pub struct OverGrant {
    /// The caller.
    pub caller: Caller,
    /// The user.
    pub target: Principal,
}

impl OverGrant {
    /// The user as named in the audit log.
    pub fn subject(&self) -> Subject {
        self.target.subject()
    }
}

impl Granted for OverGrant {
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

impl Rule for Over {
    type Grant = OverGrant;
    fn words(&self) -> String {
        format!("{}+rank", self.0)
    }
    fn refuses(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.0), NAMED, OUTRANKS].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0)
    }
    fn is_staff_only(&self) -> bool {
        true
    }

    async fn decide(&self, app: &App, presented: &Presented, params: &Params) -> Result<OverGrant, Problem> {
        let grant = caller_and_target(app, presented, params, self.0).await?;
        check_rank(grant.caller.acting(), &grant.target)?;
        Ok(grant)
    }
}

async fn caller_and_target(app: &App, presented: &Presented, params: &Params, permission: Permission) -> Result<OverGrant, Problem> {
    let (caller, target) = caller_and_named(app, presented, params).await?;
    caller.require(permission)?;
    // Other spellings (`email:…`, `me`) are looked up only for those who may know the answer.
    let target = match target {
        Some(target) => target,
        None if person_param(params) == "me" => caller.principal.clone(),
        None => users::find(app, person_param(params)).await?,
    };
    Ok(OverGrant { caller, target })
}

/// Staff with the permission, for the user in the path: not themselves, and other staff only with a higher rank.
#[derive(Debug, Clone, Copy)]
pub struct Ranked(pub Permission);

impl Rule for Ranked {
    type Grant = OverGrant;
    fn words(&self) -> String {
        format!("{}+staff-rank", self.0)
    }
    fn refuses(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.0), NAMED, OUTRANKS].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.0)
    }
    fn is_staff_only(&self) -> bool {
        true
    }

    async fn decide(&self, app: &App, presented: &Presented, params: &Params) -> Result<OverGrant, Problem> {
        let grant = caller_and_target(app, presented, params, self.0).await?;
        check_staff_rank(grant.caller.acting(), &grant.target)?;
        Ok(grant)
    }
}

/// Whether this refusal of a staff route is recorded in the audit log.
pub fn is_audited(code: Code) -> bool {
    matches!(code.status(), 403 | 423)
}
