//! Users, enrolments and content for other services, over HTTP with system keys.

#[path = "api/access.rs"]
mod access;
#[path = "api/content.rs"]
mod content;
#[path = "api/enrollments.rs"]
mod enrollments;
#[path = "api/find.rs"]
mod find;
#[path = "api/get_or_create.rs"]
mod get_or_create;
#[path = "api/permissions.rs"]
mod permissions;
#[path = "api/roles.rs"]
mod roles;
#[path = "api/support.rs"]
mod support;
