//! The routes of the function `portal`: the portal of staff and users, the front page, the API
//! description, the health check, and the public keys of access tokens.

pub mod client;
mod health;
mod home;
mod jwks;
pub mod model;
mod page;
mod reference;
mod show;
pub mod staff;
pub mod ui;
mod views;
mod web;

use http::Method;
use provost_http::{Access, Effect::Write, HandlerResult, PublicGrant, RequestContext, Routes};
use web::{answer::PortalReply, entry, request::PortalRequest};

/// The routes of this function.
pub fn routes() -> Routes {
    let routes = Routes::of("portal")
        .get("/", Access::public(), home::show_home_page, "Show the front page. Links in emails lead here.")
        .page()
        .get("/openapi.json", Access::public(), show::get_openapi_document, "Get the OpenAPI description of this API.")
        .get("/api/health", Access::public(), health::get_health, "Check whether the API can read its tables.")
        .get(
            "/.well-known/jwks.json",
            Access::public(),
            jwks::get_jwks,
            "List the public keys of access tokens (RFC 7517). Verifiers may cache them for five minutes.",
        );
    // The pages have no rights of their own, so everybody may request them: what they show is what
    // the API returns to the person.
    ["/staff", "/staff/{*path}", "/account", "/account/{*path}"].into_iter().fold(
        routes,
        |routes, path| {
            routes
                .get(path, Access::public(), show_portal_page, "Show a page of the portal.")
                .portal()
                .route(
                    Method::POST,
                    path,
                    Access::public(),
                    Write,
                    send_portal_form,
                    "Send a form of the portal.",
                )
                .portal()
        },
    )
}

async fn show_portal_page(
    ctx: RequestContext<PublicGrant>,
    request: PortalRequest,
) -> HandlerResult<PortalReply> {
    entry::handle(ctx, Method::GET, request).await
}

async fn send_portal_form(
    ctx: RequestContext<PublicGrant>,
    request: PortalRequest,
) -> HandlerResult<PortalReply> {
    entry::handle(ctx, Method::POST, request).await
}
