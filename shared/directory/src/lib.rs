//! The user index of this deployment: its objects in S3, its records from the accounts table, and
//! the copy that a function keeps in memory.

mod accounts;
mod bucket;
mod current;
mod records;

pub use accounts::Accounts;
pub use bucket::Bucket;
pub use current::{Current, MAX_AGE, Snapshot};
pub use records::record_of;
