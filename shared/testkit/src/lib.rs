//! Worlds for tests: the real routers, queues, tables and buckets in one process, each test with
//! its own, and a clock that moves when it is told.

mod callers;
mod document;
pub mod everything;
mod faults;
pub mod interceptor;
pub mod meter;
pub mod people;
pub mod reply;
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

/// A client for what is answered by a URL of its own, such as a download: whatever proxy the
/// machine has, it asks this machine itself.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
