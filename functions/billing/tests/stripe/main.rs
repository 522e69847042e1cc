//! What Stripe tells: believed only when it is signed, of one effect however often and in whatever
//! order it comes, and nothing of it lost.

mod binding;
mod money;
mod order;
mod plans;
mod signature;
mod support;
mod unknown;
