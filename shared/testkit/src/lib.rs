//! Worlds for tests: the real routers, queues, tables and buckets in one process, each test with its own, and a clock that moves when it is told.

pub mod everything;
pub mod meter;
pub mod people;
pub mod reply;
pub mod seam;
pub mod stripe;
pub mod world;

pub use meter::Spent;
pub use people::{Someone, credential_for};
pub use reply::Reply;
pub use seam::{KillPoint, SeamControl};
pub use stripe::StandIn;
pub use world::World;
