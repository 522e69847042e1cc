//! The routes of the function `staff-users`.

use provost_http::Routes;

/// The table of this function.
pub fn routes() -> Routes { Routes::of("staff-users") }
