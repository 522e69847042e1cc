//! Tests of the whole platform: every function is mounted as in the template.
//!
//! `contract` compares what must agree, `access` calls every route as every kind of caller, `flows`
//! are long flows, `units` counts requests and request units.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod access;
mod artefact;
mod contract;
mod flows;
mod units;

use provost_testkit::World;

/// A world with every function.
pub async fn world() -> World {
    flows::logs::collect();
    World::of(provost::functions).await
}

/// The project's folder.
pub fn project() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
