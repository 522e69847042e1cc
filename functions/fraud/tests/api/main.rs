//! Fraud over HTTP and through its queue: alerts, dismissals, scans of all accounts, and the events
//! that trigger a scan of one account.

// Only tests scan whole tables.
#![allow(clippy::disallowed_methods)]

mod alerts;
mod dismissals;
mod dry_runs;
mod kills;
mod occasions;
mod support;
mod sweeps;
