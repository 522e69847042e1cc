//! Members of organisations.

pub(crate) mod add;
pub(crate) mod change_role;
pub(crate) mod leave;
pub(crate) mod list;
pub(crate) mod remove;
