//! Stripe webhooks: accepted only with a valid signature, idempotent, independent of their order,
//! and never lost.

mod binding;
mod money;
mod order;
mod plans;
mod signature;
mod support;
mod unknown;
