//! The routes of the function `directory`: finding anything by what staff happen to know of it, long jobs, and taking a deletion back.

mod organisations;
mod people;
mod place;
mod restore;
mod search;
mod show_job;
mod sought;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{UserDelete, UserList},
};
use provost_http::{Effect::Sensitive, JobOwner, Permit, Ranked, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("directory").get(
        "/api/admin/search",
        Permit(UserList),
        search::search_all,
        "Users, organisations, servers and orders by an id, an e-mail address, a username, a handle, or the beginning of a name or address.",
    )
    .row(
        Method::POST,
        "/v1/users/{user_id}/restore",
        Ranked(UserDelete),
        Sensitive,
        restore::restore_user,
        "Take the deletion of an account back: its address has to be confirmed anew, and a role of staff given anew.",
    ).refuses(&[Code::InvalidAction, Code::StaleVersion])
    .get("/v1/jobs/{id}", JobOwner, show_job::get_job, "See how far a job in the background has come. A dry run is seen by whoever began it; the scan of every account by all staff who may begin one.")
}
