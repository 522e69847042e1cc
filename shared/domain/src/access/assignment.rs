//! The rules for changing what another user may do. The caller outranks the user, holds
//! all of their effective permissions, and holds every permission that the user gains or might gain.

use crate::{
    ApiError, Permission, User,
    direct::{Effect, Entry},
    rank::{Acting, check_grant, check_rank},
    role::Role,
};

impl User {
    /// The user with a custom role; `None` if they have it.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`; `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` for
    /// permissions of the role that the actor lacks, also of an inactive role; `INVALID_ACTION` for
    /// an account that is scheduled for deletion or has as many roles as it may have.
    pub fn assign_role(&self, by: Acting<'_>, role: &Role) -> Result<Option<Self>, ApiError> {
        check_rank(by, self)?;
        role.check_rights(by)?;
        self.check_not_scheduled_for_deletion()?;
        if self.has_role(&role.id.to_string()) {
            return Ok(None);
        }
        let after = self.clone().with_custom_role(role)?;
        check_gain(by, self, &after)?;
        Ok(Some(after))
    }

    /// The user without a custom role.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`; `NOT_FOUND` when the user does not have it.
    pub fn unassign_role(&self, by: Acting<'_>, role: &Role) -> Result<Self, ApiError> {
        check_rank(by, self)?;
        if !self.has_role(&role.id.to_string()) {
            return Err(ApiError::missing("role of the user"));
        }
        Ok(self.clone().without_custom_role(role.id))
    }

    /// The user with a grant or denial of a permission; `None` if they have this very entry.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`; `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` when the
    /// actor lacks a permission that they grant or whose denial they shorten; `INVALID_ACTION` for
    /// an account that is scheduled for deletion.
    pub fn set_permission(
        &self,
        by: Acting<'_>,
        permission: Permission,
        effect: Effect,
        entry: Entry,
    ) -> Result<Option<Self>, ApiError> {
        check_rank(by, self)?;
        let denial = self.direct_entries(permission).denial;
        // A denial with an end in place of one without would give the permission back at the end.
        let shortens = denial.is_some_and(|denial| entry.ends_before(denial));
        if effect == Effect::Allow || shortens {
            check_grant(by, &[permission].into())?;
        }
        self.check_not_scheduled_for_deletion()?;
        let after = self.clone().with_direct(permission, effect, entry);
        if after.direct_entries(permission) == self.direct_entries(permission) {
            return Ok(None);
        }
        check_gain(by, self, &after)?;
        Ok(Some(after))
    }

    /// The user without a direct entry about a permission: the denial if there is one, otherwise the
    /// grant, unless `effect` says which.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`; `NOT_FOUND` without such an entry; `PERMISSION_DENIED` or
    /// `SUPERADMIN_REQUIRED` when the actor lacks the permission whose denial they remove.
    pub fn remove_permission(
        &self,
        by: Acting<'_>,
        permission: Permission,
        effect: Option<Effect>,
    ) -> Result<Self, ApiError> {
        check_rank(by, self)?;
        let entries = self.direct_entries(permission);
        let denial = entries.denial.map(|_| Effect::Deny);
        let grant = entries.grant.map(|_| Effect::Allow);
        let found = match effect {
            Some(Effect::Allow) => grant,
            Some(Effect::Deny) => denial,
            None => denial.or(grant),
        };
        let found = found.ok_or_else(|| ApiError::missing("permission of the user"))?;
        if found == Effect::Deny {
            check_grant(by, &[permission].into())?;
        }
        let after = self.clone().without_direct(permission, found);
        check_gain(by, self, &after)?;
        Ok(after)
    }
}

/// The rule against escalation for every change of a user's rights: the actor holds each permission
/// that the user gains.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`, with `missing`.
pub fn check_gain(by: Acting<'_>, before: &User, after: &User) -> Result<(), ApiError> {
    let held = before.permissions();
    let gained = after.permissions().into_iter().filter(|permission| !held.contains(permission));
    check_grant(by, &gained.collect())
}
