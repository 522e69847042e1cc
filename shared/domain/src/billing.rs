//! Products, subscriptions, payments, and what a tier allows.

pub mod entitlement;
pub mod payment;
pub mod product;
pub mod stripe_id;
pub mod subscription;
