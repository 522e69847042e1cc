//! Items as DynamoDB writes them: JSON in which each value names its type. They are decoded
//! directly into our types; the SDK would first make a map of strings of every item, which cost a
//! list more than everything else together.
//!
//! A call still goes through the SDK, with its signature, retries, timeouts and interceptors. Only
//! the body of a successful response is passed on unparsed.

mod hand_over;
mod plain;
mod response;

pub use hand_over::answer;
pub(crate) use hand_over::{HandOver, body};
pub use response::{Answer, Row};

pub use crate::item::Stored;

#[cfg(test)]
mod tests;

#[cfg(test)]
#[path = "unknown_names_tests.rs"]
mod unknown_names_tests;
