//! Requests to the tables: items, keys, walks, transactions, and what their conditions mean.

pub(crate) mod conflict;
pub mod error;
pub mod item;
pub mod reading;
pub mod transaction;
pub mod walk;
pub mod wire;
