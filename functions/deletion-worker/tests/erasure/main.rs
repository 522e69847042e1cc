//! Erasing users: after any failure on the way, no data remains and there is exactly one receipt.

#![allow(
    clippy::disallowed_methods,
    reason = "the search for what is left looks into every table, which no function may"
)]

mod assigned_buckets;
mod beside_an_export;
mod fence;
mod kills;
mod kinds;
mod late_uploads;
mod organisations;
mod person;
mod queue;
mod subscriptions;
mod time;
mod twice;
mod usernames;
