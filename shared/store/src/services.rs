//! Clients of the AWS services.

pub mod aws;
pub mod connector;
pub mod objects;
pub mod signed;
