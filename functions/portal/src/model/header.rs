//! The top of all pages about one subject: its name, its state, its tabs and actions.

use super::{Field, Link};

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
