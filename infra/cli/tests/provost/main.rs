//! The command line from the user's point of view.

// Only tests scan entire tables.
#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod archives;
mod audit;
mod figures_rebuild;
mod fraud_rules;
mod import;
mod mail_lift;
mod program;
mod promote;
mod replay;
mod resume;
mod root;
mod seed;
mod two_factor;
