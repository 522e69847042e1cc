//! The parsers of the user directory: what callers send becomes a typed query, and nothing that is
//! unknown, empty or contradictory is ignored.
//!
//! - [`parameters`] reads the query string of `GET /v1/users`, [`admin`] that of
//!   `GET /api/admin/users`.
//! - [`scim`] reads a filter expression (RFC 7644, section 3.4.2.2).
//! - [`selection`] reads which users a bulk action is about.
//! - [`csv`] writes exports and reads imports.

pub mod admin;
mod conditions;
pub mod csv;
pub mod describe;
mod enrollments;
mod errors;
mod given;
mod key;
pub mod parameters;
pub mod scim;
pub mod selection;
mod table;
mod times;
mod values;
mod vocabulary;

pub use errors::hidden;
pub use parameters::{ListQuery, PageStart, Search, SearchMode, SortBy, SortKey};
pub use vocabulary::{HiddenField, PermissionHolders, RoleNames, Vocabulary};
