//! Names and contents of DNS records: what people type is read strictly and kept in one plain form.

pub mod caa;
pub mod content;
pub mod name;
