//! Passwords: a forgotten one, a new one, and proof of the current one.

pub(crate) mod current;
pub(crate) mod forgot;
pub(crate) mod reset;
