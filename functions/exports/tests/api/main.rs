//! Export jobs and share links over HTTP, as staff use them.

mod cancel;
mod create;
mod download;
mod exclusion;
mod lists;
mod share;
mod support;
