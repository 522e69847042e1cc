//! Fraud over HTTP and through its queue: alerts, dismissals, scans of all accounts, and the events
//! that trigger a scan of one account.

// Only tests scan whole tables.
#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod alerts;
mod dismissals;
mod dry_runs;
mod full_scans;
mod kills;
mod occasions;
mod support;
