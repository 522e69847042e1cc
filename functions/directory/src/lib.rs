//! The routes of the function `directory`: searching for users and other resources, jobs, and
//! restoring accounts.

mod organisations;
mod people;
mod restore;
mod search;
mod search_cursor;
mod search_term;
mod show_job;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{UserDelete, UserList},
};
use provost_http::{Access, Effect::Sensitive, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("directory").get(
        "/api/admin/search",
        Access::staff(UserList),
        search::search_all,
        "Search users, organisations, servers and orders. Finds an id, an email address, a username, a handle, or the beginning of a name or address.",
    )
    .route(
        Method::POST,
        "/v1/users/{user_id}/restore",
        Access::staff(UserDelete).above_staff_target("user_id"),
        Sensitive,
        restore::restore_user,
        "Restore an account that waits for its deletion. Its email address must be confirmed again, and a staff role assigned again.",
    ).errors(&[Code::InvalidAction, Code::StaleVersion])
    .get("/v1/jobs/{id}", Access::job_owner(), show_job::get_job, "Get the progress of a job. A dry run is visible to its creator, a scan of all accounts to all staff who may start one.")
}
