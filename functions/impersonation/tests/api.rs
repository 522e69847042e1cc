//! Staff who act as a user, over HTTP.

#[path = "api/audit.rs"]
mod audit;
#[path = "api/ends.rs"]
mod ends;
#[path = "api/modes.rs"]
mod modes;
#[path = "api/person.rs"]
mod person;
#[path = "api/start.rs"]
mod start;
#[path = "api/support.rs"]
mod support;
