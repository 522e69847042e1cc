//! Names and contents of DNS records: what people type is read strictly and kept in one plain form. And the client that asks for records of other people's domains.

pub mod caa;
pub mod client;
pub mod content;
pub mod name;
pub mod strings;
