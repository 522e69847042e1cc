//! Fraud over HTTP and through its queue: alerts, dismissals, scans of everybody, and the occasions
//! on which an account is scanned by itself.

// Only tests look at whole tables.
#![allow(clippy::disallowed_methods)]

mod alerts;
mod dismissals;
mod dry_runs;
mod kills;
mod occasions;
mod support;
mod sweeps;
