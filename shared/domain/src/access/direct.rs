//! Permissions granted or denied to a single user, for good or until a time, and why a user has a
//! permission.

use std::collections::BTreeMap;

use crate::{ApiError, BuiltInRole, Permission, RoleId, Timestamp, User};

/// What an entry about one permission does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Grants the permission.
    Allow,
    /// Denies the permission, whatever grants it.
    Deny,
}

/// The direct entries of a user about one permission. A grant and a denial may stand beside each
/// other: the denial counts, and the grant counts again when the denial is removed or ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectEntries {
    /// The grant.
    pub grant: Option<Entry>,
    /// The denial.
    pub denial: Option<Entry>,
}

/// A direct entry about one permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Time from which it has no effect; `None` for an entry without an end.
    pub ends_at: Option<Timestamp>,
}

impl Entry {
    /// Whether it ends before another entry.
    pub fn ends_before(self, other: Self) -> bool {
        match (self.ends_at, other.ends_at) {
            (Some(end), Some(other)) => end < other,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

/// A direct entry with its permission and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectPermission {
    /// The permission.
    pub permission: Permission,
    /// What the entry does.
    pub effect: Effect,
    /// Until when it does so.
    pub entry: Entry,
}

/// How a list changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListChange {
    /// Items are added, or replace the items of the same key.
    Add,
    /// The list has only these items afterwards.
    Replace,
    /// Items are removed.
    Remove,
}

/// What gives a user a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A built-in role.
    BuiltIn(BuiltInRole),
    /// A custom role that is active.
    Custom(RoleId, String),
    /// A grant to the user.
    Direct(Entry),
}

/// A permission of a user, with what gives and what denies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What gives it; empty when it is only denied.
    pub sources: Vec<Source>,
    /// The denial.
    pub denial: Option<Entry>,
}

impl Reason {
    /// Whether the user has the permission.
    pub const fn is_effective(&self) -> bool {
        !self.sources.is_empty() && self.denial.is_none()
    }
}

impl User {
    /// The direct entries about a permission.
    pub fn direct_entries(&self, permission: Permission) -> DirectEntries {
        let grant = if self.grants.contains(&permission) {
            Some(Entry { ends_at: None })
        } else {
            let end = self.temporary_grants.get(&permission);
            end.map(|end| Entry { ends_at: Some(*end) })
        };
        let denial = self
            .denials
            .contains(&permission)
            .then(|| Entry { ends_at: self.denial_ends.get(&permission).copied() });
        DirectEntries { grant, denial }
    }

    /// Grants or denies a permission directly; replaces an earlier entry of the same effect.
    #[must_use]
    pub fn with_direct(mut self, permission: Permission, effect: Effect, entry: Entry) -> Self {
        match effect {
            Effect::Allow => {
                self.grants.remove(&permission);
                self.temporary_grants.remove(&permission);
                match entry.ends_at {
                    Some(end) => drop(self.temporary_grants.insert(permission, end)),
                    None => drop(self.grants.insert(permission)),
                }
            }
            Effect::Deny => {
                self.denials.insert(permission);
                match entry.ends_at {
                    Some(end) => drop(self.denial_ends.insert(permission, end)),
                    None => drop(self.denial_ends.remove(&permission)),
                }
            }
        }
        self
    }

    /// Removes a direct entry about a permission.
    #[must_use]
    pub fn without_direct(mut self, permission: Permission, effect: Effect) -> Self {
        match effect {
            Effect::Allow => {
                self.grants.remove(&permission);
                self.temporary_grants.remove(&permission);
            }
            Effect::Deny => {
                self.denials.remove(&permission);
                self.denial_ends.remove(&permission);
            }
        }
        self
    }

    /// Removes the grants and denials that have ended. The store does this with every account that
    /// it reads, so an entry stops at its end without a write.
    pub fn forget_ended(&mut self, now: Timestamp) {
        self.temporary_grants.retain(|_, end| now < *end);
        let denials = &mut self.denials;
        self.denial_ends.retain(|permission, end| {
            let is_live = now < *end;
            if !is_live {
                denials.remove(permission);
            }
            is_live
        });
    }

    /// Every permission that something gives to the user or denies them, with the reason.
    pub fn permission_reasons(&self) -> BTreeMap<Permission, Reason> {
        let mut reasons: BTreeMap<Permission, Reason> = BTreeMap::new();
        let mut give = |permission: Permission, source: Source| {
            let empty = Reason { sources: Vec::new(), denial: None };
            reasons.entry(permission).or_insert(empty).sources.push(source);
        };
        for role in self.built_in_roles() {
            for permission in role.permissions() {
                give(permission, Source::BuiltIn(role));
            }
        }
        for (id, role) in &self.custom_roles {
            for permission in role.given() {
                give(permission, Source::Custom(*id, role.name.clone()));
            }
        }
        for permission in Permission::ALL {
            let entries = self.direct_entries(*permission);
            if let Some(grant) = entries.grant {
                give(*permission, Source::Direct(grant));
            }
        }
        for permission in self.denials.iter().copied().filter(|permission| permission.is_known()) {
            let empty = Reason { sources: Vec::new(), denial: None };
            reasons.entry(permission).or_insert(empty).denial =
                self.direct_entries(permission).denial;
        }
        reasons
    }
}

/// Checks the end of an entry, which the request names in `field`.
///
/// # Errors
/// `VALIDATION_FAILED` on the field when the end is not in the future.
pub fn entry_until(
    field: &str,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Entry, ApiError> {
    if ends_at.is_some_and(|end| end <= now) {
        return Err(ApiError::field(
            field,
            "out_of_range",
            "This time has passed. Choose a time in the future, or omit it for no end.",
        ));
    }
    Ok(Entry { ends_at })
}
