//! Stripe webhooks: accepted only with a valid signature, idempotent, independent of their order,
//! and never lost.

mod binding;
mod catalogue;
mod checkout;
mod codes;
mod money;
mod order;
mod own;
mod plans;
mod records;
mod refunds;
mod revenue;
mod shapes;
mod signature;
mod support;
mod unknown;
