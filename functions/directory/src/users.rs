//! The user directory: lists, counts and statistics over the user index.

pub mod bulk;
pub mod export;
mod export_reply;
pub mod field_values;
pub mod filter_values;
pub mod growth;
pub mod import;
pub mod list;
pub mod lookup;
pub mod overview;
pub mod saved_views;
pub mod stats;
