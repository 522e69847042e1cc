//! Search over HTTP: matching, ranking, access and cost.

#[path = "api/access.rs"]
mod access;
#[path = "api/crowd.rs"]
mod crowd;
#[path = "api/cursors.rs"]
mod cursors;
#[path = "api/enrollments.rs"]
mod enrollments;
#[path = "api/erased.rs"]
mod erased;
#[path = "api/export.rs"]
mod export;
#[path = "api/hidden.rs"]
mod hidden;
#[path = "api/import.rs"]
mod import;
#[path = "api/input.rs"]
mod input;
#[path = "api/overview.rs"]
mod overview;
#[path = "api/pages.rs"]
mod pages;
#[path = "api/finding.rs"]
mod prefix_search;
#[path = "api/restore.rs"]
mod restore;
#[path = "api/spent.rs"]
mod spent;
#[path = "api/staff_list.rs"]
mod staff_list;
#[path = "api/staff_list_search.rs"]
mod staff_list_search;
#[path = "api/stage.rs"]
mod stage;
#[path = "api/users.rs"]
mod users;
#[path = "api/views.rs"]
mod views;
