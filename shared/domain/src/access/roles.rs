//! Further roles of a user: built-in ones by name, custom ones by id.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{BuiltInRole, RoleId};

/// Further roles of a user: names of built-in roles and ids of custom ones. Others are kept, for a
/// later release that defines them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(BTreeSet<String>);

impl Roles {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The built-in ones.
    pub(crate) fn built_in(&self) -> impl Iterator<Item = BuiltInRole> + '_ {
        self.names()
            .filter_map(|name| BuiltInRole::ALL.into_iter().find(|role| role.as_str() == name))
    }

    /// The custom roles, by id.
    pub fn custom(&self) -> impl Iterator<Item = RoleId> + '_ {
        self.names().filter_map(|name| name.parse().ok())
    }

    /// Whether there is one with this name or id.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds one by name or id.
    pub(crate) fn insert(&mut self, name: String) {
        self.0.insert(name);
    }

    /// Removes one by name or id.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Removes the built-in ones.
    pub(crate) fn remove_built_in(&mut self) {
        self.0.retain(|name| !BuiltInRole::ALL.iter().any(|role| role.as_str() == name));
    }
}

impl<T: Into<String>> FromIterator<T> for Roles {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}
