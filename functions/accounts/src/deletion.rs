//! The deletion of one's own account.

pub(crate) mod cancel;
pub(crate) mod request;
pub(crate) mod show;
