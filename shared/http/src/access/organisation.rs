//! Access to an organisation: by membership and role, or by a staff permission. For other callers
//! the organisation does not exist.

use provost_app::App;
use provost_auth::{Caller, Presented, caller::unauthenticated};
use provost_domain::{
    ApiError, Code, OrganisationId, Permission, User,
    organisation::{Member, MemberRole, Organisation},
    organisation_invite::Inviter,
    rank::check_staff_rank,
};
use provost_operations::organisation::EventActor;
use provost_store::organisations::MemberAccess;

use super::{AccessGrant, AccessRule, Params, is_audited};
use crate::{
    problem::HandlerError,
    refusals::{OUTRANKS, SIGNED_IN, permitted},
};

/// The path parameter that names the organisation, on all routes of organisations.
const ORGANISATION: &str = "id";

/// Members of the organisation in the path with at least a role, or staff with a permission.
#[derive(Debug, Clone, Copy)]
pub struct InOrganisation {
    role: Option<MemberRole>,
    permission: Option<Permission>,
    /// Whether staff need a higher rank than the owner: everywhere except for reading.
    ranked: bool,
    /// Whether the rule includes an organisation whose deletion has started.
    half_deleted: bool,
    /// Whether the rule includes the session of an account that is scheduled for deletion.
    pending_deletion: bool,
}

impl InOrganisation {
    const fn of(role: Option<MemberRole>, permission: Option<Permission>) -> Self {
        Self {
            role,
            permission,
            ranked: permission.is_some(),
            half_deleted: false,
            pending_deletion: false,
        }
    }

    /// Every member.
    pub const MEMBER: Self = Self::of(Some(MemberRole::Member), None);

    /// Every member, or staff of any rank: for reading.
    pub const fn member_or(permission: Permission) -> Self {
        Self { ranked: false, ..Self::of(Some(MemberRole::Member), Some(permission)) }
    }

    /// Admins and the owner, or staff with a higher rank than the owner.
    pub const fn admin_or(permission: Permission) -> Self {
        Self::of(Some(MemberRole::Admin), Some(permission))
    }

    /// The owner, or staff with a higher rank than the owner.
    pub const fn owner_or(permission: Permission) -> Self {
        Self::of(Some(MemberRole::Owner), Some(permission))
    }

    /// Only staff with a higher rank than the owner, regardless of their role in the organisation.
    pub const fn staff(permission: Permission) -> Self {
        Self::of(None, Some(permission))
    }

    /// The same rule, including an organisation whose deletion has started, so that it can
    /// continue.
    #[must_use]
    pub const fn including_half_deleted(self) -> Self {
        Self { half_deleted: true, ..self }
    }

    /// The same rule, including an owner whose account is scheduled for deletion, so that they can
    /// transfer or delete the organisation that blocks it.
    #[must_use]
    pub const fn including_pending_deletion(self) -> Self {
        Self { pending_deletion: true, ..self }
    }
}

/// What [`InOrganisation`] grants: one organisation, read in the same request as the caller.
#[derive(Debug, Clone)]
pub struct OrganisationGrant {
    /// The caller.
    pub caller: Caller,
    /// The organisation.
    pub organisation: Organisation,
    /// The caller's membership; none for staff who are not members.
    pub member: Option<Member>,
    /// Whether a staff permission would have been enough.
    pub by_permission: bool,
    /// Whether the caller's role was enough. Otherwise access is by a staff permission, also for a
    /// member with a lower role.
    by_role: bool,
}

impl OrganisationGrant {
    /// Whether the caller manages the organisation, as an admin or its owner.
    pub fn runs(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.role >= MemberRole::Admin)
    }

    /// Whether the caller is the organisation's owner.
    pub fn owns(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.role == MemberRole::Owner)
    }

    /// Whether the caller acts as staff: their role in the organisation, if any, was not enough.
    pub const fn by_staff(&self) -> bool {
        !self.by_role
    }

    /// The caller as the activity of the organisation shows them.
    pub const fn by(&self) -> EventActor {
        EventActor { pseudonym: self.caller.user.pseudonym, as_staff: self.by_staff() }
    }

    /// The caller as the sender of invitations.
    pub fn inviter(&self) -> Inviter<'_> {
        Inviter { user: &self.caller.user, as_staff: self.by_staff(), owns: self.owns() }
    }

    /// Whether the caller has a staff permission.
    pub fn holds(&self, permission: Permission) -> bool {
        self.caller.permissions.contains(&permission)
    }

    /// Checks the rank over a user in the organisation, if the caller acts as staff: not
    /// themselves, and other staff only with a higher rank. A member acts by their role.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF` or `OUTRANKED`.
    pub fn check_member_rank(&self, member: &User) -> Result<(), ApiError> {
        if self.by_staff() { check_staff_rank(self.caller.acting(), member) } else { Ok(()) }
    }
}

impl AccessGrant for OrganisationGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        self.by_permission
    }
}

impl AccessRule for InOrganisation {
    type Grant = OrganisationGrant;

    fn describe(&self) -> String {
        let role = match self.role {
            Some(MemberRole::Member) => "member",
            Some(MemberRole::Admin) => "org-admin",
            Some(MemberRole::Owner) => "org-owner",
            Some(MemberRole::Unknown(name)) => name.as_str(),
            None => "organisation's",
        };
        let rank = if self.ranked { "+owner-staff-rank" } else { "" };
        let words = match (self.role, self.permission) {
            (Some(_), Some(permission)) => format!("{role} or {permission}{rank}"),
            (None, Some(permission)) => format!("{role} {permission}{rank}"),
            _ => role.to_owned(),
        };
        if self.pending_deletion { format!("{words} or pending deletion") } else { words }
    }

    fn permission(&self) -> Option<Permission> {
        self.permission
    }

    fn path_param(&self) -> Option<&'static str> {
        Some(ORGANISATION)
    }
    fn errors(&self) -> Vec<Code> {
        let staff =
            self.permission.filter(|_| self.is_staff_only()).map(permitted).unwrap_or_default();
        [SIGNED_IN, &staff, if self.ranked { OUTRANKS } else { &[] }, &[Code::NotFound]].concat()
    }

    fn keeps_refusal(&self, code: Code) -> bool {
        code == Code::Outranked || (self.is_staff_only() && is_audited(code))
    }

    fn is_staff_only(&self) -> bool {
        self.role.is_none()
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        params: &Params,
    ) -> Result<OrganisationGrant, HandlerError> {
        let now = app.now();
        let Some(user) = presented.user() else {
            return Err(Caller::decide(presented, None, false, now)
                .err()
                .unwrap_or_else(unauthenticated)
                .into());
        };
        let MemberAccess { user: record, organisation, member } =
            match params.get(ORGANISATION).parse::<OrganisationId>() {
                Ok(id) => app.store().standing(user, id).await?,
                // No organisation has such an id; a caller who is not signed in still gets that
                // error first.
                Err(_) => {
                    MemberAccess { user: app.store().user(user).await?, ..MemberAccess::default() }
                }
            };
        let caller = super::decided(app, presented, record, self.pending_deletion).await?;
        let organisation = organisation.filter(|found| found.is_active() || self.half_deleted);
        let organisation = organisation.ok_or_else(|| ApiError::missing("organisation"))?;
        let by_role = self
            .role
            .is_some_and(|least| member.as_ref().is_some_and(|member| member.role >= least));
        let by_permission =
            self.permission.is_some_and(|permission| caller.permissions.contains(&permission));
        if by_permission
            && !by_role
            && self.ranked
            && let Some(owner) = app.store().user(organisation.owner_id).await?
        {
            check_staff_rank(caller.acting(), &owner)?;
        }
        if by_role || by_permission {
            return Ok(OrganisationGrant { caller, organisation, member, by_role, by_permission });
        }
        match (&member, self.role) {
            (None, _) => Err(ApiError::missing("organisation").into()),
            (Some(_), Some(MemberRole::Owner)) => Err(ApiError::new(
                Code::PermissionDenied,
                "Only the owner of this organisation can do this.",
            )
            .into()),
            (Some(_), Some(_)) => Err(ApiError::new(
                Code::PermissionDenied,
                "Your role in this organisation does not allow this. Ask an admin or the owner.",
            )
            .into()),
            (Some(_), None) => Err(self
                .permission
                .map_or_else(unauthenticated, |permission| {
                    caller.require(permission).err().unwrap_or_else(unauthenticated)
                })
                .into()),
        }
    }
}
