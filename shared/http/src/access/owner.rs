//! Access to a resource with an id of its own, such as an export or a fraud alert: by a staff
//! permission, and by rank over the user it concerns.

use std::{fmt::Debug, future::Future, marker::PhantomData, str::FromStr};

use provost_app::App;
use provost_auth::{Caller, Presented};
use provost_domain::{
    AlertId, ApiError, ApplicationId, Code, DeletionId, ExportId, Permission, ReportId, SessionId,
    User, UserId, VerificationId,
    application::Application,
    content::{Content, ContentId},
    deletion::DeletionRequest,
    export::ExportJob,
    fraud::Alert,
    impersonation::Impersonation,
    rank::{check_rank, check_staff_rank},
    report::Report,
    verification::Verification,
};
use provost_store::StoreError;

use super::{Access, AccessGrant, AccessRule, Params};
use crate::{
    problem::HandlerError,
    refusals::{OUTRANKS, SIGNED_IN, lacked, permitted},
};

/// A stored resource that belongs to a user or is about one. The path names it as `{id}`.
pub trait HasOwner: Debug + Clone + Send + Sync + Sized + 'static {
    /// The type of its id.
    type Id: FromStr + Send;
    /// Name of the resource in errors.
    const NAME: &'static str;
    /// Reads it.
    fn find(
        app: &App,
        id: Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send;
    /// The user it concerns; none once it concerns no user.
    fn owner(&self) -> Option<UserId>;
}

impl HasOwner for ExportJob {
    type Id = ExportId;
    const NAME: &'static str = "export";
    async fn find(app: &App, id: ExportId) -> Result<Option<Self>, StoreError> {
        app.store().export(id).await
    }
    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }
}

impl HasOwner for DeletionRequest {
    type Id = DeletionId;
    const NAME: &'static str = "deletion request";
    async fn find(app: &App, id: DeletionId) -> Result<Option<Self>, StoreError> {
        app.store().deletion(id).await
    }
    fn owner(&self) -> Option<UserId> {
        self.user_id
    }
}

impl HasOwner for Alert {
    type Id = AlertId;
    const NAME: &'static str = "fraud alert";
    async fn find(app: &App, id: AlertId) -> Result<Option<Self>, StoreError> {
        app.store().alert(id).await
    }
    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }
}

impl HasOwner for Verification {
    type Id = VerificationId;
    const NAME: &'static str = "verification";
    async fn find(app: &App, id: VerificationId) -> Result<Option<Self>, StoreError> {
        app.store().verification(id).await
    }
    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }
}

impl HasOwner for Content {
    type Id = ContentId;
    const NAME: &'static str = "content";
    async fn find(app: &App, id: ContentId) -> Result<Option<Self>, StoreError> {
        app.store().content(id).await
    }
    fn owner(&self) -> Option<UserId> {
        Some(self.owner_id)
    }
}

impl HasOwner for Report {
    type Id = ReportId;
    const NAME: &'static str = "report";
    async fn find(app: &App, id: ReportId) -> Result<Option<Self>, StoreError> {
        app.store().report(id).await
    }
    fn owner(&self) -> Option<UserId> {
        self.reported_id
    }
}

impl HasOwner for Application {
    type Id = ApplicationId;
    const NAME: &'static str = "application";
    async fn find(app: &App, id: ApplicationId) -> Result<Option<Self>, StoreError> {
        app.store().application(id).await
    }
    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }
}

/// An impersonation with the staff member who acts in it, whose rank counts.
#[derive(Debug, Clone)]
pub struct ListedImpersonation {
    /// The impersonation.
    pub record: Impersonation,
    /// The staff member; none after their erasure.
    staff: Option<UserId>,
}

impl HasOwner for ListedImpersonation {
    type Id = SessionId;
    const NAME: &'static str = "impersonation";
    async fn find(app: &App, id: SessionId) -> Result<Option<Self>, StoreError> {
        let Some(record) = app.store().impersonation(id).await? else { return Ok(None) };
        let staff = app.store().subjects([record.actor]).await?;
        let staff = staff.get(&record.actor).map(|subject| subject.user_id);
        Ok(Some(Self { record, staff }))
    }
    fn owner(&self) -> Option<UserId> {
        self.staff
    }
}

/// Staff with the permission, for a resource that concerns neither themselves nor a staff member of
/// the same or a higher rank.
#[derive(Debug)]
pub struct StaffAboveOwner<T> {
    permission: Permission,
    param: &'static str,
    /// Whether the owner must be below the caller even if they are not staff.
    strict: bool,
    thing: PhantomData<fn() -> T>,
}

impl<T> StaffAboveOwner<T> {
    pub(crate) const fn new(permission: Permission, param: &'static str) -> Self {
        Self { permission, param, strict: false, thing: PhantomData }
    }

    /// Requires a higher rank than every user: a caller without a rank has no access.
    #[must_use]
    pub const fn strict(self) -> Self {
        Self { strict: true, ..self }
    }
}

impl<T> Clone for StaffAboveOwner<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StaffAboveOwner<T> {}

/// What [`StaffAboveOwner`] grants: one resource, and the user it concerns.
#[derive(Debug, Clone)]
pub struct StaffOwnerGrant<T> {
    /// The caller.
    pub caller: Caller,
    /// The resource.
    pub thing: T,
    /// The user it concerns; none after their erasure.
    pub owner: Option<User>,
}

impl<T: HasOwner> StaffOwnerGrant<T> {
    /// The user it concerns, for actions that need them.
    ///
    /// # Errors
    /// `NOT_FOUND` after their erasure, which also removes what belonged to them.
    pub fn owner(&self) -> Result<&User, ApiError> {
        self.owner.as_ref().ok_or_else(|| ApiError::missing(T::NAME))
    }
}

impl<T: HasOwner> AccessGrant for StaffOwnerGrant<T> {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        true
    }
}

impl<T: HasOwner> AccessRule for StaffAboveOwner<T> {
    type Grant = StaffOwnerGrant<T>;

    fn describe(&self) -> String {
        format!("{}+owner-{}rank", self.permission, if self.strict { "" } else { "staff-" })
    }
    fn path_param(&self) -> Option<&'static str> {
        Some(self.param)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, &permitted(self.permission), OUTRANKS, &[Code::NotFound]].concat()
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
    ) -> Result<StaffOwnerGrant<T>, HandlerError> {
        let caller = Access::staff(self.permission).decide(app, presented, params).await?.caller;
        let missing = || ApiError::missing(T::NAME);
        let id: T::Id = params.get(self.param).parse().map_err(|_| missing())?;
        let thing = T::find(app, id).await?.ok_or_else(missing)?;
        let owner = match thing.owner() {
            Some(owner) => app.store().user(owner).await?,
            None => None,
        };
        if let Some(owner) = &owner {
            let check = if self.strict { check_rank } else { check_staff_rank };
            check(caller.acting(), owner)?;
        }
        Ok(StaffOwnerGrant { caller, thing, owner })
    }
}

/// The user who owns a resource, or staff with the permission, for a resource that does not concern
/// a staff member of the same or a higher rank. For other users the resource does not exist.
#[derive(Debug)]
pub struct OwnerOrStaff<T> {
    permission: Permission,
    param: &'static str,
    thing: PhantomData<fn() -> T>,
}

impl<T> OwnerOrStaff<T> {
    pub(crate) const fn new(permission: Permission, param: &'static str) -> Self {
        Self { permission, param, thing: PhantomData }
    }
}

impl<T> Clone for OwnerOrStaff<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OwnerOrStaff<T> {}

/// What [`OwnerOrStaff`] grants: one resource, and its owner.
#[derive(Debug, Clone)]
pub struct OwnerGrant<T> {
    /// The caller.
    pub caller: Caller,
    /// The resource.
    pub thing: T,
    /// Its owner.
    pub owner: User,
    /// Whether the caller is the owner.
    pub own: bool,
}

impl<T: HasOwner> AccessGrant for OwnerGrant<T> {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        !self.own
    }
}

impl<T: HasOwner> AccessRule for OwnerOrStaff<T> {
    type Grant = OwnerGrant<T>;

    fn describe(&self) -> String {
        format!("owner or {}+staff-rank", self.permission)
    }
    fn path_param(&self) -> Option<&'static str> {
        Some(self.param)
    }
    fn errors(&self) -> Vec<Code> {
        [SIGNED_IN, lacked(self.permission), &[Code::NotFound, Code::Outranked]].concat()
    }
    fn permission(&self) -> Option<Permission> {
        Some(self.permission)
    }
    fn keeps_refusal(&self, code: Code) -> bool {
        matches!(code, Code::PermissionDenied | Code::SuperadminRequired | Code::Outranked)
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> Result<OwnerGrant<T>, HandlerError> {
        let caller = super::caller(app, presented, false).await?;
        let missing = || ApiError::missing(T::NAME);
        let found = match params.get(self.param).parse::<T::Id>().ok() {
            Some(id) => T::find(app, id).await?,
            None => None,
        };
        let owner = found.as_ref().and_then(T::owner);
        if let Some(thing) = found.clone().filter(|_| owner == Some(caller.user.user_id)) {
            return Ok(OwnerGrant { owner: caller.user.clone(), thing, own: true, caller });
        }
        // A caller who sees users, but lacks this permission, gets the missing permissions.
        if let Err(refused) = caller.require(self.permission) {
            let may_see = caller.permissions.contains(&Permission::UserView);
            return Err(if may_see { refused } else { missing() }.into());
        }
        let (Some(thing), Some(owner)) = (found, owner) else { return Err(missing().into()) };
        let owner = app.store().user(owner).await?.ok_or_else(missing)?;
        check_staff_rank(caller.acting(), &owner)?;
        Ok(OwnerGrant { caller, thing, owner, own: false })
    }
}
