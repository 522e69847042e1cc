//! Organisations: their life cycle, permissions, and concurrent requests.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

#[path = "api/buckets.rs"]
mod buckets;
#[path = "api/common.rs"]
mod common;
#[path = "api/deletion.rs"]
mod deletion;
#[path = "api/erasure.rs"]
mod erasure;
#[path = "api/input.rs"]
mod input;
#[path = "api/invites.rs"]
mod invites;
#[path = "api/life.rs"]
mod life;
#[path = "api/moments.rs"]
mod moments;
#[path = "api/ownership.rs"]
mod ownership;
#[path = "api/staff.rs"]
mod staff;
