//! Figures about the platform: periods of the calendar, what is counted, the zones in which users
//! are counted once per period, and releases.

pub mod active_zones;
pub mod analytics;
pub mod release;
