//! The routes of the function `roles`: custom roles, the catalogue of permissions, and the rights
//! of users.

mod definitions;
mod input;
mod permissions;
mod rights;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{RoleAssign, RoleRead, RoleWrite},
};
use provost_http::{Access, Effect::Sensitive, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    rights_of_users(
        Routes::of("roles")
            .get(
                "/v1/rbac/permissions",
                Access::staff(RoleRead),
                permissions::list_permissions,
                "List all permissions with their descriptions, and the built-in roles that have them.",
            )
            .get(
                "/v1/rbac/roles",
                Access::staff(RoleRead),
                definitions::list::list_roles,
                "List the custom roles, oldest first, or the built-in ones.",
            )
            .route(
                Method::POST,
                "/v1/rbac/roles",
                Access::staff(RoleWrite),
                Sensitive,
                definitions::create::create_role,
                "Create a custom role from permissions that you hold.",
            )
            .errors(&[Code::AlreadyExists, Code::SuperadminRequired])
            .get(
                "/v1/rbac/roles/{id}",
                Access::staff(RoleRead),
                definitions::show::get_role,
                "Get a role, custom or built-in.",
            )
            .get(
                "/v1/rbac/roles/{id}/users",
                Access::staff(RoleRead),
                definitions::holders::list_role_holders,
                "List the users who hold a custom role, oldest accounts first.",
            )
            .route(
                Method::PUT,
                "/v1/rbac/roles/{id}",
                Access::staff(RoleWrite),
                Sensitive,
                definitions::update::update_role,
                "Change a custom role, activate or deactivate it. Its holders have the new permissions from their next request on.",
            )
            .errors(&[
                Code::AlreadyExists,
                Code::CannotModifySelf,
                Code::InvalidAction,
                Code::StaleVersion,
                Code::SuperadminRequired,
            ])
            .route(
                Method::DELETE,
                "/v1/rbac/roles/{id}",
                Access::staff(RoleWrite),
                Sensitive,
                definitions::delete::delete_role,
                "Delete a custom role that nobody holds.",
            )
            .errors(&[Code::InvalidAction, Code::StaleVersion, Code::SuperadminRequired])
            .route(
                Method::POST,
                "/v1/rbac/roles/{id}/clone",
                Access::staff(RoleWrite),
                Sensitive,
                definitions::clone::clone_role,
                "Create a custom role with the permissions of another role. It has no holders.",
            )
            .errors(&[Code::AlreadyExists, Code::SuperadminRequired]),
    )
}

fn rights_of_users(routes: Routes) -> Routes {
    routes
        .get(
            "/v1/rbac/users/{user_id}/effective",
            Access::staff(RoleRead),
            rights::effective::get_effective_permissions,
            "Get the roles and permissions of a user, with what gives and what denies each permission.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/v1/rbac/users/{user_id}/roles/{role_id}",
            Access::staff(RoleAssign).above_target("user_id"),
            Sensitive,
            rights::assign::assign_role,
            "Assign a role to a user. A built-in role replaces the present one.",
        )
        .errors(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/v1/rbac/users/{user_id}/roles/{role_id}",
            Access::staff(RoleAssign).above_target("user_id"),
            Sensitive,
            rights::unassign::unassign_role,
            "Remove a role from a user.",
        )
        .errors(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .route(
            Method::POST,
            "/v1/rbac/users/{user_id}/permissions/{permission}",
            Access::staff(RoleAssign).above_target("user_id"),
            Sensitive,
            rights::set::set_user_permission,
            "Grant or deny a permission to a user, for good or until a time. A denial overrides every grant.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/v1/rbac/users/{user_id}/permissions/{permission}",
            Access::staff(RoleAssign).above_target("user_id"),
            Sensitive,
            rights::remove::remove_user_permission,
            "Remove the denial of a permission from a user or, if there is none, its grant.",
        )
        .errors(&[Code::StaleVersion])
}
