//! The command line from the user's point of view.

// Only tests scan entire tables.
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
