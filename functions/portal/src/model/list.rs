//! A page that lists what a route returns.

use super::{Field, Header, Link};

/// How a filter is entered.
#[derive(Debug, Clone, Copy)]
pub enum FilterKind {
    /// A text.
    Text,
    /// One of these values.
    Choice(&'static [&'static str]),
    /// A date.
    Date,
    /// Yes, no or any.
    Flag,
}

/// A filter of a list: a parameter of its route.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// The parameter.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// How it is entered.
    pub kind: FilterKind,
}

impl Filter {
    /// A filter.
    pub const fn new(name: &'static str, label: &'static str, kind: FilterKind) -> Self {
        Self { name, label, kind }
    }
}

/// A list.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// The path of the page.
    pub path: &'static str,
    /// The title.
    pub title: &'static str,
    /// What the list is for, in one sentence; may be empty.
    pub about: &'static str,
    /// The route.
    pub api: &'static str,
    /// The permission that the route needs; empty for a person's own things.
    pub permission: &'static str,
    /// The subject that the list belongs to.
    pub header: Option<&'static Header>,
    /// Filters.
    pub filters: &'static [Filter],
    /// Columns; the first names the row.
    pub columns: &'static [Field],
    /// What can be done with a row.
    pub row_actions: &'static [Link],
    /// What can be done on the page.
    pub actions: &'static [Link],
    /// What to say if there is nothing.
    pub empty: &'static str,
}

impl List {
    /// A list without filters, actions and subject.
    pub const BLANK: Self = Self {
        path: "",
        title: "",
        about: "",
        api: "",
        permission: "",
        header: None,
        filters: &[],
        columns: &[],
        row_actions: &[],
        actions: &[],
        empty: "There is nothing here yet.",
    };
}
