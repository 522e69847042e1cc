//! Tests of the portal: what its pages declare agrees with the API, and its forms do what they say.

mod acting;
mod approvals;
mod billing;
mod browser;
mod declarations;
mod everyday;
mod files;
mod foreign;
mod forms;
mod import;
mod language;
mod pages;
mod session;
mod work;

use browser::Browser;
use provost_testkit::World;

/// A world with every function.
pub async fn world() -> World {
    World::of(provost::functions).await
}
