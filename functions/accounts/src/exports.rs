//! Exports of one's own data.

pub(crate) mod download;
pub(crate) mod list;
pub(crate) mod request;
