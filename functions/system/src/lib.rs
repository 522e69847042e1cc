//! The routes of the function `system`: users for other services, which send a system key.

mod by_ids;
mod content;
mod enrollments;
mod flags;
mod get_or_create;
mod list_roles;
mod mode;
mod permissions;
mod roles;
mod scopes;
mod search;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{
        ContentWrite, EnrollmentWrite, RoleAssign, RoleRead, UserCreate, UserList, UserUpdate,
        UserView,
    },
};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    Routes,
};

/// Items per page of a list, unless the request says otherwise.
const DEFAULT_LIMIT: u32 = 25;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("system")
        .route(
            Method::POST,
            "/v1/system/users/get-or-create",
            Access::system(UserCreate),
            Write,
            get_or_create::get_or_create_user,
            "Get the user with an email address, a phone number or an external id, or create one.",
        )
        .errors(&[
            Code::AlreadyExists,
            Code::ContactReserved,
            Code::InvalidAction,
            Code::Outranked,
        ])
        .get(
            "/v1/system/users/search",
            Access::system(UserList),
            search::search_directory_users,
            "Find a user by an exact contact, username, unique id or id.",
        )
        .get(
            "/v1/system/users/by-ids",
            Access::system(UserView),
            by_ids::get_users_by_ids,
            "Get up to 100 users by id, in the order of the request.",
        )
        .route(
            Method::POST,
            "/v1/system/users/{user_id}/roles",
            Access::system(RoleAssign),
            Sensitive,
            roles::change_roles,
            "Add, replace or remove a built-in role of a user.",
        )
        .errors(&[Code::InvalidUserId, Code::InvalidAction, Code::LastSuperadmin, Code::Outranked, Code::StaleVersion])
        .route(
            Method::POST,
            "/v1/system/users/{user_id}/permissions",
            Access::system(RoleAssign),
            Sensitive,
            permissions::change_system_permissions,
            "Add, replace or remove direct permissions of a user.",
        )
        .errors(&[Code::InvalidUserId, Code::InvalidAction, Code::Outranked, Code::StaleVersion])
        .route(
            Method::PATCH,
            "/v1/system/users/{user_id}/flags",
            Access::system(UserUpdate),
            Sensitive,
            flags::change_flags,
            "Change the types of a user: administrator, instructor, learner.",
        )
        .errors(&[Code::InvalidUserId, Code::InvalidAction, Code::LastSuperadmin, Code::Outranked, Code::StaleVersion])
        .get(
            "/v1/system/roles",
            Access::system(RoleRead),
            list_roles::list_system_roles,
            "List roles with their permissions.",
        )
        .errors(&[Code::NotFound])
        .route(
            Method::PUT,
            "/v1/system/enrollments/{user_id}/{program_id}",
            Access::system(EnrollmentWrite),
            Write,
            enrollments::record_enrollment,
            "Record the enrolment of a user in a program. A version that is not newer changes nothing.",
        )
        .errors(&[Code::InvalidUserId, Code::InvalidAction])
        .route(
            Method::PUT,
            "/v1/system/content/{id}",
            Access::system(ContentWrite),
            Write,
            content::register_system_content,
            "Register a file or a short URL of a user.",
        )
        .errors(&[Code::AlreadyExists, Code::TierLimit])
}
