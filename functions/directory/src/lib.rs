//! The routes of the function `directory`: finding anything by what staff happen to know of it.

mod organisations;
mod people;
mod place;
mod search;
mod show_job;
mod sought;
mod views;

use provost_domain::Permission::UserList;
use provost_http::{Permit, Routes, SignedIn};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("directory").get(
        "/api/admin/search",
        Permit(UserList),
        search::search,
        "Users, organisations, servers and orders by an id, an e-mail address, a username, a handle, or the beginning of a name or address.",
    )
    .get("/v1/jobs/{id}", SignedIn, show_job::show_job, "See how far a job in the background has come. A dry run is seen by whoever began it; the scan of every account by all staff who may begin one.")
}
