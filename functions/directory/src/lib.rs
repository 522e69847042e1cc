//! The routes of the function `directory`: searching for users and other resources, jobs, and
//! restoring accounts.

mod jobs;
mod organisations;
mod people;
mod restore;
mod search;
mod search_cursor;
mod search_term;
mod show_job;
mod staff_list;
mod users;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{UserCreate, UserDelete, UserExport, UserList, UserUpdate, UserView},
};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    Routes,
};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("directory")
    // The function `users` creates them.
    .also_served_by("/v1/users", Method::POST)
    .get(
        "/api/admin/search",
        Access::staff(UserList),
        search::search_all,
        "Search users, organisations, servers and orders. Finds an id or a handle, users by any words of their names and addresses, and the others by the beginning of their name. Typing mistakes in names of users are forgiven if fewer than five match without.",
    )
    .get(
        "/api/admin/users",
        Access::staff(UserList),
        staff_list::list_users,
        "List users, with filters, sorting and search. Totals are exact. Send the header `X-Consistency-Token` of an earlier response to see its change at once.",
    )
    .route(
        Method::POST,
        "/v1/users/{user_id}/restore",
        Access::staff(UserDelete).above_staff_target("user_id"),
        Sensitive,
        restore::restore_user,
        "Restore an account that waits for its deletion. Its email address must be confirmed again, and a staff role assigned again.",
    ).errors(&[Code::InvalidAction, Code::StaleVersion])
    .get(
        "/v1/users",
        Access::staff(UserList),
        users::list::list_directory_users,
        "List users by any combination of filters, searched and sorted. Totals are exact. Send the header `X-Consistency-Token` of an earlier response to see its change at once.",
    )
    .route(
        Method::GET,
        "/v1/users/bulk/export",
        Access::staff(UserExport),
        Sensitive,
        users::export::export_directory_users,
        "Export the users that match as a table (RFC 4180) or as lines of JSON. More than 5,000 users or 5 MB become an encrypted archive, which a job writes.",
    ).errors(&[Code::InProgress, Code::InvalidAction, Code::IndexBehind])
    .route(
        Method::POST,
        "/v1/users/bulk/import",
        Access::staff(UserCreate),
        Sensitive,
        users::import::import_directory_users,
        "Create the users of a table or of lines of JSON, at most 1,000 in 1 MiB. Takes two steps: `dry_run` returns a plan, and `plan_id` executes it with the same file. A user with the external id of a row, or else with its email address, is left as they are, so an import can be repeated.",
    ).errors(&[Code::PlanDrifted])
    .get(
        "/v1/views",
        Access::staff(UserList),
        users::saved_views::list_saved_views,
        "List your saved views of the list of users, oldest first, then those that other staff share.",
    )
    .route(
        Method::POST,
        "/v1/views",
        Access::staff(UserList),
        Write,
        users::saved_views::create_saved_view,
        "Save parameters of the list of users under a name, for yourself or shared with other staff. At most 50.",
    ).errors(&[Code::AlreadyExists, Code::InvalidAction])
    .route(
        Method::PATCH,
        "/v1/views/{id}",
        Access::staff(UserList),
        Write,
        users::saved_views::update_saved_view,
        "Change one of your saved views, or share it. A shared view of somebody else requires `settings.write`.",
    ).errors(&[Code::AlreadyExists, Code::NotFound])
    .route(
        Method::DELETE,
        "/v1/views/{id}",
        Access::staff(UserList),
        Write,
        users::saved_views::delete_saved_view,
        "Delete one of your saved views. A shared view of somebody else requires `settings.write`.",
    ).errors(&[Code::NotFound])
    .get(
        "/v1/users/filter-values",
        Access::staff(UserList),
        users::filter_values::list_user_filter_values,
        "List the values by which users can be filtered, each with the number of users under the current filters.",
    )
    .get(
        "/v1/users/field-values",
        Access::staff(UserList),
        users::field_values::list_user_field_values,
        "List the values of a field that begin with a text. Values of fewer than five users are left out without `user.view`.",
    )
    .get(
        "/v1/users/stats",
        Access::staff(UserView),
        users::stats::get_user_stats,
        "Get the numbers of users by status, type, verification and activity.",
    )
    .get(
        "/v1/users/analytics/overview",
        Access::staff(UserView),
        users::overview::get_user_overview,
        "Compare the numbers of users, confirmations, suspensions and sign-ins of a period with the period before.",
    )
    .get(
        "/v1/users/analytics/growths",
        Access::staff(UserView),
        users::growth::get_user_growth,
        "Get the new and deleted users of each day, week or month of any time zone.",
    )
    .route(
        Method::DELETE,
        "/v1/users/bulk/delete",
        Access::staff(UserDelete),
        Sensitive,
        users::bulk::delete::bulk_delete_users,
        "Delete many users in a job: schedule the erasure of each after the grace period. With `dry_run`, only plan it: the plan lists the users who cannot be deleted, and why.",
    )
    .errors(BULK)
    .route(
        Method::POST,
        "/v1/users/bulk/update",
        Access::staff(UserUpdate),
        Sensitive,
        users::bulk::update::bulk_update_users,
        "Change the status or the roles of many users in a job. With `dry_run`, only plan it: the plan lists the users who cannot be changed, and why.",
    )
    .errors(BULK)
    .get(
        "/v1/jobs",
        Access::staff(UserUpdate),
        jobs::list::list_jobs,
        "List the bulk actions of other staff that wait for your approval, oldest first: those whose permissions you have.",
    )
    .get("/v1/jobs/{id}", Access::job_owner(), show_job::get_job, "Get the progress of a job. A bulk action is visible to its creator, and if it needs an approval, to staff with its permissions. A dry run is visible to its creator, a scan of all accounts to all staff who may start one.")
    .get(
        "/v1/jobs/{id}/items",
        Access::job_owner(),
        jobs::items::list_job_items,
        "List the users that a bulk action has processed, with what became of each; while it waits for its approval, the users of its plan.",
    )
    .route(
        Method::POST,
        "/v1/jobs/{id}/cancel",
        Access::job_owner(),
        Sensitive,
        jobs::cancel::cancel_job,
        "Cancel a bulk action. No further user is changed. Users who were changed stay changed; undo the job to change them back.",
    )
    .errors(&[Code::InvalidAction])
    .route(
        Method::POST,
        "/v1/jobs/{id}/undo",
        Access::job_owner(),
        Sensitive,
        jobs::undo::undo_job,
        "Undo a bulk action within a day of its end, in another job. Each user is exactly as before, unless others have changed the same since.",
    )
    .errors(&[Code::InProgress, Code::InvalidAction, Code::PermissionDenied, Code::SuperadminRequired])
    .route(
        Method::POST,
        "/v1/jobs/{id}/approve",
        Access::job_owner(),
        Sensitive,
        jobs::approve::approve_job,
        "Approve a bulk action that another member of staff started and that waits for its approval. Requires the permissions of the action and a higher rank than every staff member that it changes. It is carried out then, in the name of its creator.",
    )
    .errors(DECISION)
    .route(
        Method::POST,
        "/v1/jobs/{id}/reject",
        Access::job_owner(),
        Sensitive,
        jobs::approve::reject_job,
        "Reject a bulk action that another member of staff started and that waits for its approval. Requires the permissions of the action. Nobody is changed.",
    )
    .errors(&[Code::InvalidAction, Code::SecondPersonRequired])
}

/// What an approval can be refused for.
const DECISION: &[Code] = &[
    Code::InvalidAction,
    Code::SecondPersonRequired,
    Code::Outranked,
    Code::CannotModifySelf,
    Code::PermissionDenied,
    Code::SuperadminRequired,
];

/// What a bulk action can be refused for.
const BULK: &[Code] =
    &[Code::InvalidAction, Code::NotFound, Code::PlanDrifted, Code::SuperadminRequired];
