//! A page that shows one resource of a route.

use super::{Field, Header, Link};

/// A group of values.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The title.
    pub title: &'static str,
    /// The values.
    pub fields: &'static [Field],
}

/// A page about one resource.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// The path of the page.
    pub path: &'static str,
    /// The title.
    pub title: &'static str,
    /// The page with all resources of this kind, and its title.
    pub parent: (&'static str, &'static str),
    /// The route.
    pub api: &'static str,
    /// The permission that the route needs.
    pub permission: &'static str,
    /// The subject that the resource belongs to.
    pub header: Option<&'static Header>,
    /// The values.
    pub sections: &'static [Section],
    /// What can be done with it.
    pub actions: &'static [Link],
    /// Path of a state and the values at which the resource still changes by itself: the page looks
    /// again until then.
    pub live: Option<(&'static str, &'static [&'static str])>,
}

impl Detail {
    /// A page without values.
    pub const BLANK: Self = Self {
        path: "",
        title: "",
        parent: ("", ""),
        api: "",
        permission: "",
        header: None,
        sections: &[],
        actions: &[],
        live: None,
    };
}
