//! Custom roles, permissions of users, and the rule against escalation, over HTTP.

#[path = "api/definitions.rs"]
mod definitions;
#[path = "api/erasure.rs"]
mod erasure;
#[path = "api/escalation.rs"]
mod escalation;
#[path = "api/names.rs"]
mod names;
#[path = "api/preview.rs"]
mod preview;
#[path = "api/rights.rs"]
mod rights;
#[path = "api/support.rs"]
mod support;
#[path = "api/walk.rs"]
mod walk;
