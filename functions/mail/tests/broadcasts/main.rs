//! Broadcasts: who gets one, when, and that nobody gets it twice, whatever is killed.

mod kills;
mod recipients;
mod schedule;
mod support;
mod unsubscribe;
