//! Nodes, and the organisations that they are assigned to.

pub(crate) mod assign;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod list_of_organisation;
