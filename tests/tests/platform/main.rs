//! Tests of the whole platform: every function is mounted as in the template.
//!
//! `contract` compares what must agree, `access` calls every route as every kind of caller, `flows`
//! are long flows. `story` sends one valid request to every operation: `units` counts its requests
//! and request units, `examples` records its answers.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

mod access;
mod artefact;
mod contract;
mod examples;
mod flows;
mod story;
mod units;

use provost_testkit::World;

/// A world with every function.
pub async fn world() -> World {
    flows::logs::collect();
    World::of(provost::functions).await
}

/// The routes of the API by function, without the pages of the portal, which is a client of the API.
pub fn api_tables() -> Vec<provost_http::Routes> {
    let mut tables = provost::tables();
    for table in &mut tables {
        table.rows.retain(|row| row.in_api);
    }
    tables
}

/// The project's folder.
pub fn project() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
