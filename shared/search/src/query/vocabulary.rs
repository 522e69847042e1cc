//! What the parsers must be told: the roles, the permissions, and what the caller may see.

use provost_domain::{Permission, text::fold};

use crate::{Field, Filter};

/// What only the caller of the parsers knows.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'a> {
    /// All roles, built-in and custom.
    pub roles: &'a [RoleNames],
    /// All permissions.
    pub permissions: &'a [PermissionHolders],
    /// The fields that the caller may not see. A query that looks at one is refused, since a count
    /// tells a value letter by letter.
    pub hidden: &'a [HiddenField],
}

/// A field that the caller may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HiddenField {
    /// The field.
    pub field: Field,
    /// The permission with which the caller would see it.
    pub permission: Permission,
}

/// A role and the names by which a query may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleNames {
    /// The id, as the index stores it.
    pub id: String,
    /// The names. They are compared without regard to case and compatible forms.
    pub names: Vec<String>,
}

/// A permission and the roles that contain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionHolders {
    /// The name, such as `user.ban`.
    pub name: String,
    /// The ids of the roles that contain it, those that contain every permission included.
    pub roles: Vec<String>,
}

impl Vocabulary<'_> {
    /// The first field of a filter that the caller may not see.
    pub(super) fn hidden_in(&self, filter: &Filter) -> Option<HiddenField> {
        filter.fields().into_iter().find_map(|field| self.hides(field))
    }

    /// The field, if the caller may not see it.
    pub(super) fn hides(&self, field: Field) -> Option<HiddenField> {
        self.hidden.iter().copied().find(|hidden| hidden.field == field)
    }

    /// The id of the role with this id or name.
    pub(super) fn role(&self, text: &str) -> Option<&str> {
        let folded = fold(text);
        let by_id = self.roles.iter().find(|role| role.id == text);
        let by_name =
            || self.roles.iter().find(|role| role.names.iter().any(|name| fold(name) == folded));
        by_id.or_else(by_name).map(|role| role.id.as_str())
    }

    /// The permission with this name.
    pub(super) fn permission(&self, name: &str) -> Option<&PermissionHolders> {
        self.permissions.iter().find(|permission| permission.name == name)
    }
}
