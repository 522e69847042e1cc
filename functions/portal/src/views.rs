//! How the declared pages work: lists, resources, actions.

pub mod action;
pub mod detail;
pub mod list;
pub mod top;
