//! Which custom roles an account had when it was last read by this process, so that the next read
//! asks for the account and their definitions in one request. A hint decides nothing: the account
//! that is read says which roles it has, and definitions that were not asked for are read then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use provost_domain::{RoleId, UserId};

/// The maximum number of accounts with a hint. Only few have custom roles.
const MAX: usize = 256;

/// The hints of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct RoleHints(Arc<Mutex<HashMap<UserId, Vec<RoleId>>>>);

impl RoleHints {
    /// The roles of these accounts when they were last read.
    pub(crate) fn of(&self, users: &[UserId]) -> Vec<RoleId> {
        let hints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut roles: Vec<_> =
            users.iter().filter_map(|user| hints.get(user)).flatten().copied().collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// Remembers the roles of an account. A full memory is cleared, which avoids tracking an order.
    pub(crate) fn remember(&self, user: UserId, roles: Vec<RoleId>) {
        let mut hints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if roles.is_empty() {
            hints.remove(&user);
            return;
        }
        if hints.len() >= MAX && !hints.contains_key(&user) {
            hints.clear();
        }
        hints.insert(user, roles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: usize) -> UserId {
        format!("usr_{number:026}").parse().expect("an id")
    }

    #[test]
    fn the_number_of_hints_is_limited_and_an_account_without_roles_has_none() {
        let hints = RoleHints::default();
        let role: RoleId = format!("rol_{:026}", 1).parse().expect("an id");
        hints.remember(user(1), vec![role]);
        assert_eq!(hints.of(&[user(1), user(2)]), [role]);
        hints.remember(user(1), Vec::new());
        assert!(hints.of(&[user(1)]).is_empty());
        for n in 0..=MAX {
            hints.remember(user(n), vec![role]);
        }
        assert_eq!(hints.0.lock().expect("the lock is not poisoned").len(), 1);
    }
}
