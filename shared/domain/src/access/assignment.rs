//! The rules for changing what another user may do. The caller outranks the user, holds
//! all of their effective permissions, and holds every permission that the user gains or might gain.

use crate::{
    ApiError, Permission, PermissionSet, User,
    direct::{DirectPermission, Effect, Entry, ListChange},
    grantor::Grantor,
    rank::{Acting, check_rank},
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
        check_gain(by.into(), self, &after)?;
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
    /// As [`User::change_permissions`].
    pub fn set_permission(
        &self,
        by: Grantor<'_>,
        permission: Permission,
        effect: Effect,
        entry: Entry,
    ) -> Result<Option<Self>, ApiError> {
        let entry = DirectPermission { permission, effect, entry };
        self.change_permissions(by, ListChange::Add, &[entry])
    }

    /// The user with several direct entries added, replaced or removed in one step; `None` if that
    /// changes nothing. Entries that a removal names need not exist.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`; `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` when the
    /// actor lacks a permission that they grant, or whose denial they shorten or remove;
    /// `INVALID_ACTION` for an account that is scheduled for deletion.
    pub fn change_permissions(
        &self,
        by: Grantor<'_>,
        change: ListChange,
        entries: &[DirectPermission],
    ) -> Result<Option<Self>, ApiError> {
        by.check_target(self)?;
        let removes = change == ListChange::Remove;
        let granted = entries
            .iter()
            .filter(|entry| !removes && entry.effect == Effect::Allow)
            .map(|entry| entry.permission)
            .collect();
        let mut after = self.clone();
        if change == ListChange::Replace {
            after.grants.clear();
            after.temporary_grants.clear();
            after.denials.clear();
            after.denial_ends.clear();
        }
        for DirectPermission { permission, effect, entry } in entries.iter().copied() {
            after = if removes {
                after.without_direct(permission, effect)
            } else {
                after.with_direct(permission, effect, entry)
            };
        }
        check_change(by, self, &after, granted)?;
        self.check_not_scheduled_for_deletion()?;
        let direct = |user: &Self| {
            let denials = (user.denials.clone(), user.denial_ends.clone());
            (user.grants.clone(), user.temporary_grants.clone(), denials)
        };
        Ok((direct(&after) != direct(self)).then_some(after))
    }

    /// The user without a direct entry about a permission: the denial if there is one, otherwise the
    /// grant, unless `effect` says which.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`; `NOT_FOUND` without such an entry; `PERMISSION_DENIED` or
    /// `SUPERADMIN_REQUIRED` when the actor lacks the permission whose denial they remove.
    pub fn remove_permission(
        &self,
        by: Grantor<'_>,
        permission: Permission,
        effect: Option<Effect>,
    ) -> Result<Self, ApiError> {
        by.check_target(self)?;
        let entries = self.direct_entries(permission);
        let denial = entries.denial.map(|_| Effect::Deny);
        let grant = entries.grant.map(|_| Effect::Allow);
        let found = match effect {
            Some(Effect::Allow) => grant,
            Some(Effect::Deny) => denial,
            None => denial.or(grant),
        };
        let found = found.ok_or_else(|| ApiError::missing("permission of the user"))?;
        let after = self.clone().without_direct(permission, found);
        check_change(by, self, &after, PermissionSet::new())?;
        Ok(after)
    }
}

/// The rule for every change of direct entries: the actor holds each permission that they grant,
/// that they stop denying, or whose denial ends earlier, and each one that the user gains.
fn check_change(
    by: Grantor<'_>,
    before: &User,
    after: &User,
    granted: PermissionSet,
) -> Result<(), ApiError> {
    let mut needed = granted;
    for permission in &before.denials {
        let denial = |user: &User| user.direct_entries(*permission).denial;
        // A denial with an end in place of one without would give the permission back at the end.
        let loosened = match (denial(before), denial(after)) {
            (Some(earlier), Some(later)) => later.ends_before(earlier),
            (earlier, later) => earlier.is_some() && later.is_none(),
        };
        if loosened {
            needed.insert(*permission);
        }
    }
    by.check_grant(&needed)?;
    check_gain(by, before, after)
}

/// The rule against escalation for every change of a user's rights: the actor holds each permission
/// that the user gains.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`, with `missing`.
pub fn check_gain(by: Grantor<'_>, before: &User, after: &User) -> Result<(), ApiError> {
    let held = before.permissions();
    let gained = after.permissions().into_iter().filter(|permission| !held.contains(permission));
    by.check_grant(&gained.collect())
}
