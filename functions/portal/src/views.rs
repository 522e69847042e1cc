//! How the declared pages work: lists, resources, actions.

pub mod action;
pub mod detail;
pub mod list;
mod top;
