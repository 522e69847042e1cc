//! Storage of products, subscriptions and payments.

pub mod checkouts;
pub mod payments;
pub mod products;
pub mod subscriptions;
