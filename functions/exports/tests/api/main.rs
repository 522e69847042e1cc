//! Export jobs and share links over HTTP, as staff use them.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod cancel;
mod create;
mod download;
mod exclusion;
mod lists;
mod share;
mod support;
