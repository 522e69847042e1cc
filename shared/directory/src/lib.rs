//! The user index of this deployment: its objects in S3, its records from the accounts table, and
//! the copy that a function keeps in memory; the queries that callers send to it, and the files of
//! users that they export.

mod accounts;
mod bucket;
mod columns;
mod current;
mod import_file;
mod list_request;
mod records;
mod user_file;

pub use accounts::Accounts;
pub use bucket::Bucket;
pub use columns::Reader;
pub use columns::{column_of, hidden_columns, hidden_fields, needed_permission, sees};
pub use current::{Current, MAX_AGE, MAX_UNINDEXED, Snapshot};
pub use import_file::{IMPORT_COLUMNS, ImportFile, ImportFormat};
pub use list_request::{ListRequest, Names, SelectedUsers, refused, search_box};
pub use records::record_of;
pub use user_file::{Layout, UserExport, UserFile, names};
