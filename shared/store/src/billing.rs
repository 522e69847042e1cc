//! Storage of products, customers, subscriptions, payments and the figures of revenue.

pub mod charges;
pub mod checkouts;
pub mod customers;
pub mod payments;
pub mod products;
pub mod promotions;
pub mod revenue;
pub mod subscriptions;
