//! What a bulk job changed about a user, and its undo: the account is exactly as it was before,
//! unless somebody has changed the same things since.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, BuiltInRole, Code, DeletionId, Permission, Status, SuspensionId, Timestamp, User,
    assignment::check_gain,
    rank::{Acting, check_grant, check_rank},
    role::Role,
    roles::Roles,
    user::Suspension,
};

/// The code of a user whom others have changed since the job: the undo leaves them as they are.
pub const CHANGED_SINCE: &str = "CHANGED_SINCE";

/// A suspension as a journal records it. Its reason stays with the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedSuspension {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<SuspensionId>,
    /// When it took effect.
    pub at: Timestamp,
    /// Status before it.
    pub before: Status,
}

/// What a bulk job can change about a user. No names, addresses or reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Status.
    pub status: Status,
    /// The suspension that has effect.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suspension: Option<RecordedSuspension>,
    /// The pending deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deletion: Option<DeletionId>,
    /// Whether the email address is confirmed.
    pub email_verified: bool,
    /// Whether it has ever been.
    pub confirmed_once: bool,
    /// Whether the user learns.
    pub is_learner: bool,
    /// The built-in role.
    pub role: BuiltInRole,
    /// Further roles.
    #[serde(default)]
    pub roles: Roles,
}

impl Recorded {
    /// What is recorded about a user at a time.
    pub fn of(user: &User, now: Timestamp) -> Self {
        let status = user.status_at(now);
        let suspension = user.suspension.as_ref().filter(|_| status == Status::Suspended);
        Self {
            status,
            suspension: suspension.map(|suspension| RecordedSuspension {
                id: suspension.id,
                at: suspension.at,
                before: suspension.before,
            }),
            deletion: user.deletion.as_ref().map(|deletion| deletion.id),
            email_verified: user.email_verified,
            confirmed_once: user.confirmed_once,
            is_learner: user.is_learner,
            role: user.role,
            roles: user.roles.clone(),
        }
    }

    fn standing(&self) -> (Status, Option<&RecordedSuspension>) {
        (self.status, self.suspension.as_ref())
    }

    fn has(&self, role: &str) -> bool {
        self.roles.names().any(|name| name == role)
    }
}

/// What a bulk job changed about a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// The user before the change.
    pub before: Recorded,
    /// The user after it.
    pub after: Recorded,
}

/// The error for a user whom others have changed since the job.
pub fn changed_since() -> ApiError {
    ApiError::invalid_action("This user has changed since the job. Nothing was undone.", &[])
        .with("reason", CHANGED_SINCE)
}

impl Journal {
    /// What a change at a time did to a user.
    pub fn of(before: &User, after: &User, now: Timestamp) -> Self {
        Self { before: Recorded::of(before, now), after: Recorded::of(after, now) }
    }

    /// The deletion that the job requested.
    pub fn requested_deletion(&self) -> Option<DeletionId> {
        self.after.deletion.filter(|id| self.before.deletion != Some(*id))
    }

    /// Names of further roles that the job removed.
    pub fn removed_roles(&self) -> impl Iterator<Item = &str> {
        self.before.roles.names().filter(|name| !self.after.has(name))
    }

    /// Names of further roles that the job added.
    pub fn added_roles(&self) -> impl Iterator<Item = &str> {
        self.after.roles.names().filter(|name| !self.before.has(name))
    }

    fn changed_roles(&self) -> bool {
        (self.before.role, &self.before.roles) != (self.after.role, &self.after.roles)
    }

    fn changed_standing(&self) -> bool {
        self.before.standing() != self.after.standing()
    }

    /// Checks that the actor may undo it: they could make the change in the other direction.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`, `SUPERADMIN_REQUIRED`.
    pub fn check_permissions(&self, by: Acting<'_>) -> Result<(), ApiError> {
        let mut needed = Vec::new();
        if self.requested_deletion().is_some() {
            needed.push(Permission::UserDelete);
        } else {
            needed.push(Permission::UserUpdate);
            let suspends = [self.before.status, self.after.status].contains(&Status::Suspended);
            if self.changed_standing() && suspends {
                needed.push(Permission::UserSuspend);
            }
            if self.changed_roles() {
                needed.push(Permission::RoleAssign);
            }
        }
        check_grant(by, &needed.into_iter().collect())
    }
}

impl User {
    /// The user as they were before a change of status or roles; `None` if they are so already. What
    /// others changed besides stays. `roles` are the definitions of the roles that the change
    /// removed.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF`, `OUTRANKED`, `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`;
    /// `INVALID_ACTION` when others have changed the same since; `NOT_FOUND` when a role is gone.
    pub fn undone(
        &self,
        by: Acting<'_>,
        journal: &Journal,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<Option<Self>, ApiError> {
        check_rank(by, self)?;
        journal.check_permissions(by)?;
        let (before, after) = (&journal.before, &journal.after);
        let current = Recorded::of(self, now);
        let mut undone = self.clone();
        let mut differs = false;
        if journal.changed_standing() && current.standing() != before.standing() {
            if current.standing() != after.standing() || self.is_being_erased() {
                return Err(changed_since());
            }
            undone.return_to(before)?;
            differs = true;
        }
        if journal.changed_roles() && !has_roles(&current, before, journal) {
            if !has_roles(&current, after, journal) || current.status == Status::Deleted {
                return Err(changed_since());
            }
            undone.return_roles(by, journal, roles)?;
            differs = true;
        }
        if !differs {
            return Ok(None);
        }
        let revert = |now: bool, before: bool, after: bool| if now == after { before } else { now };
        undone.email_verified =
            revert(self.email_verified, before.email_verified, after.email_verified);
        undone.confirmed_once =
            revert(self.confirmed_once, before.confirmed_once, after.confirmed_once);
        undone.is_learner = revert(self.is_learner, before.is_learner, after.is_learner);
        undone.keep_a_type();
        check_gain(by.into(), self, &undone)?;
        Ok(Some(undone.changed(now)))
    }

    /// Gives the account a recorded status, without a trace of the one in between.
    fn return_to(&mut self, before: &Recorded) -> Result<(), ApiError> {
        self.suspension = match &before.suspension {
            None => None,
            Some(recorded) => {
                // The job lifted it, which moved it to the past ones.
                let past = self.past_suspensions.iter().position(|past| past.at == recorded.at);
                let past = self.past_suspensions.remove(past.ok_or_else(changed_since)?);
                Some(Suspension {
                    id: recorded.id,
                    kind: past.kind,
                    reason: past.reason,
                    by: past.by,
                    at: past.at,
                    expires_at: past.expires_at,
                    before: recorded.before,
                })
            }
        };
        if self.status == Status::Active {
            self.end_credentials();
        }
        self.status = before.status;
        Ok(())
    }

    fn return_roles(
        &mut self,
        by: Acting<'_>,
        journal: &Journal,
        roles: &[Role],
    ) -> Result<(), ApiError> {
        for name in journal.added_roles() {
            self.remove_role(name);
        }
        for name in journal.removed_roles() {
            match name.parse() {
                Ok(id) => {
                    let role = roles.iter().find(|role| role.id == id);
                    let role = role.ok_or_else(|| ApiError::missing("role"))?;
                    role.check_rights(by)?;
                    *self = self.clone().with_custom_role(role)?;
                }
                Err(_) => self.add_role_name(name),
            }
        }
        self.role = journal.before.role;
        Ok(())
    }
}

/// Whether the roles that a job changed are, in `current`, as they are in `wanted`.
fn has_roles(current: &Recorded, wanted: &Recorded, journal: &Journal) -> bool {
    let role = journal.before.role == journal.after.role || current.role == wanted.role;
    let mut names = journal.added_roles().chain(journal.removed_roles());
    role && names.all(|name| current.has(name) == wanted.has(name))
}

/// The code of an error in an undo, as items name it.
pub fn undo_code(error: &ApiError) -> &'static str {
    if error.code == Code::InvalidAction && error.extra.contains_key("reason") {
        return CHANGED_SINCE;
    }
    error.code.as_str()
}
