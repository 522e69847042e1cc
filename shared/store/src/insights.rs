//! Figures about the platform: counters that are kept up to date by the streams of the tables, and
//! what the status page reads.

pub mod active_users;
pub mod analytics;
pub mod measures;
pub mod newest_release;
pub mod recount;
pub mod status;
