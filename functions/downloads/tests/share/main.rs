//! Share links as a third party meets them.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod limits;
mod page;
mod password;
mod secrecy;
mod support;
