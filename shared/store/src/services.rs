//! Clients of the AWS services.

pub mod aws;
pub mod conditional_objects;
pub mod connector;
pub mod objects;
pub mod outbound;
pub mod registered_objects;
pub mod signed;
