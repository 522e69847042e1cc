//! What goes over the wire and is used by more than one function: views of resources, lists, and
//! the casing of field names. Rules and stored types are in `provost-domain`; views that only one
//! function returns stay with it.

pub mod audit;
pub mod bulk;
pub mod casing;
pub mod csv;
pub mod deletion;
pub mod directory_user;
pub mod export;
pub mod fraud;
pub mod job;
pub mod list;
pub mod profile;
pub mod student;
pub mod user_input;

pub use casing::{Snake, SnakeView};
pub use deletion::{DeletionView, HoldView};
pub use directory_user::{DirectorySource, DirectoryUser};
pub use export::ExportView;
pub use list::{List, Pagination, SnakeList, SnakePagination};
pub use profile::Details;
pub use student::StudentView;
