//! The routes of the function `impersonation`: staff act as a user for support, and stop it.

mod end;
mod list;
mod start;
mod stop;

use http::Method;
use provost_domain::{Code, Permission::UserImpersonate};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    ListedImpersonation, Routes,
};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("impersonation")
        .route(
            Method::POST,
            "/v1/auth/impersonate/{user_id}",
            Access::staff(UserImpersonate).above_target("user_id"),
            Sensitive,
            start::start_impersonation,
            "Act as a user. Returns an access token that reads as the user or, with `view_mode` masquerade, also makes changes except sensitive ones.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/v1/auth/impersonate/stop",
            Access::impersonating(),
            Write,
            stop::stop_impersonation,
            "Stop acting as a user. Send the token of the impersonation, or your own.",
        )
        .errors(&[Code::InvalidAction])
        .get(
            "/v1/impersonations",
            Access::staff(UserImpersonate),
            list::list_impersonations,
            "List the impersonations of the last 90 days, newest first.",
        )
        .route(
            Method::DELETE,
            "/v1/impersonations/{id}",
            Access::staff(UserImpersonate).above_owner::<ListedImpersonation>("id"),
            Sensitive,
            end::end_impersonation,
            "End the impersonation of a staff member of a lower rank. Its token has no effect from then on.",
        )
        .errors(&[Code::InvalidAction])
}
