//! The command line, as its users meet it.

// Only tests look at whole tables.
#![allow(clippy::disallowed_methods)]

mod archives;
mod fraud_rules;
mod mail_lift;
mod program;
mod promote;
mod replay;
mod resume;
mod root;
mod seed;
mod two_factor;
