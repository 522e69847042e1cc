//! The top of all pages about one subject: its name, its state, its tabs and actions.

use serde_json::Value;

use super::{
    Field, Link,
    field::{at, plain},
};

/// A tab of a subject.
#[derive(Debug, Clone, Copy)]
pub struct Tab {
    /// The label.
    pub label: &'static str,
    /// The page, with variables of the path in braces.
    pub page: &'static str,
    /// The permission that the page needs.
    pub permission: &'static str,
}

/// The top of the pages of a subject.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The kind of subject.
    pub kind: &'static str,
    /// The page with all subjects.
    pub parent: (&'static str, &'static str),
    /// The route that returns the subject.
    pub api: &'static str,
    /// Paths of its name; the first that has a value is shown.
    pub name: &'static [&'static str],
    /// Values beside the name.
    pub facts: &'static [Field],
    /// Its tabs.
    pub tabs: &'static [Tab],
    /// What can be done with it.
    pub actions: &'static [Link],
}

impl Header {
    /// The name of a subject; its kind if it has none.
    pub fn name_of(&self, subject: &Value) -> String {
        let names = self.name.iter().map(|path| plain(at(subject, path)));
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| self.kind.to_owned())
    }
}
