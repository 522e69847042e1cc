//! Names and contents of DNS records, validated strictly and stored in one normal form, and the
//! client that looks up records of other domains.

pub mod caa;
pub mod client;
pub mod content;
mod content_error;
pub mod name;
pub mod strings;
