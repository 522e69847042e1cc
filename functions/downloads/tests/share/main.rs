//! Share links from the view of an external recipient.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod limits;
mod page;
mod password;
mod secrecy;
mod support;
