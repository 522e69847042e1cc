//! Worlds for tests: the real routers, queues, tables and buckets in one process, one world per
//! test, with a manual clock.

mod buckets;
mod callers;
mod document;
pub mod everything;
mod faults;
mod infrastructure;
pub mod interceptor;
pub mod meter;
pub mod people;
pub mod reply;
mod right;
pub mod roles;
pub mod stripe;
pub mod world;

pub use interceptor::{InterceptorControl, KillPoint};
pub use meter::Spent;
pub use people::{Someone, credential_for};
pub use reply::Reply;
pub use roles::Roles;
pub use stripe::StandIn;
pub use world::World;

/// A client for URLs such as downloads: it ignores any configured proxy.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
