//! A link to another page, shown to those who may use it.

use serde_json::Value;

use super::field::{at, plain};
use crate::web::visit::Person;

/// A link, shown as a button where it leads to an action.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The label.
    pub label: &'static str,
    /// The page, with paths of values in braces.
    pub page: &'static str,
    /// The permission that the page needs; empty if everybody may use it.
    pub permission: &'static str,
    /// Path of a value, and the values with which the link is shown. `-` stands for no value, `+` for
    /// any value.
    pub when: Option<(&'static str, &'static [&'static str])>,
    /// Whether the page removes something or cannot be undone.
    pub dangerous: bool,
}

impl Link {
    /// A link that needs a permission.
    pub const fn new(label: &'static str, page: &'static str, permission: &'static str) -> Self {
        Self { label, page, permission, when: None, dangerous: false }
    }

    /// Only shown with these values.
    #[must_use]
    pub const fn when(self, at: &'static str, values: &'static [&'static str]) -> Self {
        Self { when: Some((at, values)), ..self }
    }

    /// Marked as dangerous.
    #[must_use]
    pub const fn dangerous(self) -> Self {
        Self { dangerous: true, ..self }
    }

    /// Whether to show the link to a person, beside this subject.
    pub fn is_shown(&self, person: &Person, subject: &Value) -> bool {
        let matches = self.when.is_none_or(|(path, values)| {
            let value = at(subject, path);
            let text = plain(value);
            values.iter().any(|wanted| match *wanted {
                "-" => value.is_null(),
                "+" => !value.is_null(),
                wanted => wanted == text,
            })
        });
        matches && person.may(self.permission) && person.opens(self.page)
    }
}
