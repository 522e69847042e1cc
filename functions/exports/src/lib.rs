//! The routes of the function `exports`.

use provost_http::Routes;

/// The table of this function.
pub fn routes() -> Routes { Routes::of("exports") }
