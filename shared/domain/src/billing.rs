//! Products, subscriptions, payments, revenue, and what a tier allows.

pub mod catalogue;
pub mod charge;
pub mod currency;
pub mod customer;
pub mod entitlement;
pub mod payment;
pub mod product;
pub mod recurring;
pub mod revenue;
pub mod stripe_id;
pub mod subscription;
pub mod tier;
