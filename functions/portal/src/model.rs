//! Pages as data: most pages show the answer of one route, or fill the body of one. A test compares
//! each declaration with the API description: paths, fields, permissions.

pub mod action;
pub mod detail;
pub mod field;
pub mod header;
pub mod input;
pub mod link;
pub mod list;

pub use action::Action;
pub use detail::{Detail, Section};
pub use field::{Field, Shown};
pub use header::{Header, Tab};
pub use input::{Input, Kind, Options};
pub use link::Link;
pub use list::{Filter, FilterKind, List};
